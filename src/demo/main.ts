/** What `npm start` runs. */
export {};
