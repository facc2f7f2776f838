// @ts-check
// The film elsewhere: in a page, a player, a script. One line a form, each ready to be copied.

import { copyable } from "./copy.js";
import { at, make, player, root, stream } from "./page.js";
import { shared, token } from "./pass.js";

/**
 * @typedef {{id: string, name: string, what: string, open?: boolean,
 *   code: (film: {url: (path: string) => string, width: number, height: number}) => string}} Form
 */
const server = root.replace(/\/$/, "");

// Nothing that goes into code is more than a word of it, whatever it holds.

/** @param {string} text */
const html = (text) => `"${text.replace(/&/g, "&amp;").replace(/"/g, "&quot;").replace(/</g, "&lt;")}"`;

/** For a POSIX shell; as it is where it needs no quotes. @param {string} text */
const shell = (text) => (/^[\w@%+=:,./~-]+$/.test(text) ? text : `'${text.replace(/'/g, "'\\''")}'`);

/** JSON's strings are Python's, too. */
const python = JSON.stringify;

/** @type {Form[]} */
const FORMS = [
  {
    id: "tag",
    name: "A tag",
    what: "The player itself, at home in your page: it takes captions, styles, events and wishes.",
    open: true,
    code: () => {
      const pass = token() ? ` token=${html(token())}` : "";
      return (
        `<script type="module" src=${html(`${root}player.js`)}></script>\n` +
        `<streamer-video stream=${html(stream)}${pass} controls captions></streamer-video>`
      );
    },
  },
  {
    id: "frame",
    name: "An iframe",
    what: "Where scripts of others are not wanted. controls, captions and stats are 0 or 1.",
    open: true,
    code: ({ url, width, height }) =>
      `<iframe src=${html(url(`embed/${stream}?captions=1`))} width="${width}" height="${height}"\n` +
      `  frameborder="0" allow="autoplay; fullscreen; picture-in-picture" title="Live film"></iframe>`,
  },
  {
    id: "oembed",
    name: "A link that unfolds",
    what: "Blogs, wikis and chats make a player of it by oEmbed.",
    code: ({ url }) => url(`streams/${stream}`),
  },
  {
    id: "hls",
    name: "HLS",
    what: "Televisions, VLC, hls.js, CDNs; some seconds late.",
    code: ({ url }) => url(`streams/${stream}/index.m3u8`),
  },
  {
    id: "mp4",
    name: "MP4, live",
    what: "For all that reads a file from the web, as long as you like.",
    code: ({ url }) => `curl -o film.mp4 ${shell(url(`streams/${stream}/live.mp4`))}`,
  },
  {
    id: "recording",
    name: "MP4, a recording",
    what: "What has been shown: here the last minute. From and to take seconds back, unix seconds or ISO 8601.",
    code: ({ url }) => `curl -o minute.mp4 ${shell(url(`streams/${stream}/recording.mp4?from=-60`))}`,
  },
  {
    id: "mjpeg",
    name: "MJPEG",
    what: "Moves in an <img>, without a script: READMEs, dashboards, small screens.",
    code: ({ url }) => `<img src=${html(url(`streams/${stream}/live.mjpeg`))} alt="Live film">`,
  },
  {
    id: "snapshot",
    name: "A picture",
    what: "What is on the screen now; with ?width= a smaller one.",
    code: ({ url }) => url(`streams/${stream}/snapshot.jpg?width=640`),
  },
  {
    id: "python",
    name: "Python",
    what: "Every frame as a numpy array, connected again when the line breaks.",
    code: () => {
      const pass = token() ? `, token=${python(token())}` : "";
      return (
        "import asyncio, streamer\n\nasync def main():\n" +
        `    async for frame in streamer.watch(${python(server)}, ${python(stream)}${pass}):\n` +
        "        print(frame.pts, frame.picture.shape)\n\nasyncio.run(main())"
      );
    },
  },
  {
    id: "push",
    name: "To another platform",
    what: "RTMP or SRT: YouTube, Twitch, OBS, mediamtx.",
    code: () => {
      const pass = token() ? ` --token ${shell(token())}` : "";
      return `streamer push rtmp://HOST/APP/KEY --url ${shell(server)} --stream ${shell(stream)}${pass}`;
    },
  },
];

/** @param {Form} form */
function build({ id, name, what, open = false }) {
  const box = document.createElement("details");
  box.open = open;
  box.append(make("summary", "", name), make("p", "", what), copyable(name, "", `code-${id}`));
  return box;
}

function write() {
  const { width, height } = player.hello?.width ? player.hello : { width: 512, height: 512 };
  for (const form of FORMS) at(`code-${form.id}`).textContent = form.code({ url: shared, width, height });
  at("with-token").hidden = !token();
}

at("forms").append(...FORMS.map(build));
at("share").addEventListener("click", () => {
  write();
  /** @type {HTMLDialogElement} */ (at("embed")).showModal();
});
