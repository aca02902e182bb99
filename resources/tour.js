/* global $, RED */
/** A tour for Node-RED's own guide: the chain, the example, the sidebar. Shown in the editor's language. */
const PANEL = ".stitching-panel";

/** What is not there yet (no pool runs) is shown by what holds its place. */
const panelPart = (selector) => () => {
  const part = $(`${PANEL} ${selector}`).filter(":visible").first();
  return part.length > 0 ? part : $(PANEL);
};

/** Any view of the sidebar; its tab is brought to the front first. */
function showView(name) {
  return (done) => {
    RED.sidebar.show("session-stitching");
    $(`#stitching-tab-${name}`).trigger("click");
    // Long enough for the runtime's answer.
    setTimeout(() => done(), 700);
  };
}

export default {
  steps: [
    {
      titleIcon: "fa fa-random",
      title: { "en-US": "Session stitching", de: "Session Stitching" },
      description: {
        "en-US":
          "<p>Devices talk to this Node-RED; several hosts process what they say. Session stitching forecasts each device's traffic and moves a part of it <b>before</b> a host saturates, with its state, and without losing a message.</p>",
        de: "<p>Geräte sprechen mit diesem Node-RED; mehrere Hosts verarbeiten, was sie senden. Session Stitching sagt den Verkehr jedes Geräts voraus und verschiebt einen Teil davon, <b>bevor</b> ein Host überlastet ist, samt Zustand und ohne eine Nachricht zu verlieren.</p>",
      },
    },
    {
      element: '.red-ui-palette-node[data-palette-type="session-profile"]',
      direction: "right",
      prepare(done) {
        const node = document.querySelector('.red-ui-palette-node[data-palette-type="session-profile"]');
        node?.scrollIntoView({ block: "center" });
        setTimeout(() => done(), 300);
      },
      title: { "en-US": "Four nodes make the chain", de: "Vier Nodes bilden die Kette" },
      description: {
        "en-US":
          "<p><b>profile</b> recognises each device's session, <b>forecast</b> predicts its traffic, <b>stitch</b> decides what moves where, <b>route</b> delivers. On the hosts, <b>receive</b> and <b>commit</b> stand around your own flow.</p>",
        de: "<p><b>profile</b> erkennt die Sitzung jedes Geräts, <b>forecast</b> sagt ihren Verkehr voraus, <b>stitch</b> entscheidet, was wohin wandert, <b>route</b> liefert aus. Auf den Hosts umschließen <b>receive</b> und <b>commit</b> deinen eigenen Flow.</p>",
      },
    },
    {
      title: { "en-US": "Start with an example", de: "Mit einem Beispiel beginnen" },
      description: {
        "en-US":
          "<p>Menu → Import → Examples → session stitching → <b>1 quick start</b>: the whole chain with simulated devices. Nothing else is needed. Deploy it.</p>",
        de: "<p>Menü → Import → Beispiele → session stitching → <b>1 quick start</b>: die ganze Kette mit simulierten Geräten. Mehr braucht es nicht. Stelle es bereit.</p>",
      },
    },
    {
      element: panelPart("#stitching-view-hosts"),
      direction: "left",
      prepare: showView("hosts"),
      title: { "en-US": "Which host will saturate, and when", de: "Welcher Host wird überlastet, und wann" },
      description: {
        "en-US":
          "<p>A bar for each host: its load now, the peak that is expected (blue) and the threshold (red). The plot runs from the past into the forecast.</p>",
        de: "<p>Ein Balken je Host: die Last jetzt, die erwartete Spitze (blau) und die Schwelle (rot). Die Kurve läuft aus der Vergangenheit in die Vorhersage.</p>",
      },
    },
    {
      element: panelPart("#stitching-view-sessions"),
      direction: "left",
      prepare: showView("sessions"),
      title: { "en-US": "Each session", de: "Jede Sitzung" },
      description: {
        "en-US":
          "<p>Search and sort thousands of them. A row opens the session: its forecast, its rhythm, what happened to it. There you can pin it to a host.</p>",
        de: "<p>Suche und sortiere Tausende. Eine Zeile öffnet die Sitzung: ihre Vorhersage, ihren Rhythmus, was mit ihr geschah. Dort lässt sie sich an einen Host heften.</p>",
      },
    },
    {
      element: panelPart("#stitching-view-decisions"),
      direction: "left",
      prepare: showView("decisions"),
      title: { "en-US": "What was done, and why", de: "Was geschah, und warum" },
      description: {
        "en-US":
          "<p>Each decision with its reason, newest first. It leads to its node, its session and its host. In a dry run you read here what would be done.</p>",
        de: "<p>Jede Entscheidung mit ihrem Grund, die neueste zuerst. Sie führt zu ihrem Node, ihrer Sitzung und ihrem Host. Im Probelauf steht hier, was getan würde.</p>",
      },
    },
    {
      element: panelPart(".stitching-toolbar"),
      direction: "left",
      prepare: showView("hosts"),
      title: { "en-US": "You have the last word", de: "Du hast das letzte Wort" },
      description: {
        "en-US":
          "<p>Pause the planner, let it only report (dry run), or drain a host for maintenance. Each asks first, and each needs its permission.</p>",
        de: "<p>Halte den Planer an, lass ihn nur berichten (Probelauf) oder leere einen Host für die Wartung. Alles fragt vorher nach und braucht die passende Berechtigung.</p>",
      },
    },
  ],
};
