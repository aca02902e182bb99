/**
 * Lets waits end in the order they began, whichever is ready first: messages of one session must not overtake each
 * other. One that fails doesn't keep the later ones.
 */
export function inOrder(): <T>(wait: Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return async (wait) => {
    const before = last;
    last = Promise.allSettled([wait, before]);
    const [value] = await Promise.all([wait, before]);
    return value;
  };
}
