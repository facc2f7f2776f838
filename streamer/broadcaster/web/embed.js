// @ts-check
// The page of /embed/ID: the player alone. Options in the query, each 0 or 1: controls (1), captions (0), stats (0);
// path=webcodecs or mse.

const options = new URLSearchParams(location.search);
const player = document.createElement("streamer-video");
player.setAttribute("stream", decodeURIComponent(location.pathname.split("/").filter(Boolean).at(-1) ?? "main"));
for (const [name, standard] of Object.entries({ controls: "1", captions: "0", stats: "0" })) {
  player.toggleAttribute(name, (options.get(name) ?? standard) !== "0");
}
const path = options.get("path");
if (path) player.setAttribute("path", path);
player.addEventListener("status", ({ detail }) => {
  document.title = detail.prompt || "streamer";
});
document.body.prepend(player);

export {};
