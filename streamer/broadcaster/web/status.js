// @ts-check
// What the status of a film means, in plain words.

/**
 * @typedef {{stream: string, status: string, reason?: string, note?: string, prompt?: string, viewers?: number,
 *   epoch?: number, description?: {text?: string, action?: string} | null}} Film as /api/streams has it
 */

/** What stands in a film's label. @param {Pick<Film, "status" | "reason">} film */
export function label({ status, reason }) {
  if (status === "held") return reason === "paused" ? "paused" : "resting";
  return { playing: "playing", waiting: "waiting", ended: "ended" }[status] ?? status;
}

/** Words as a sentence. @param {string} words */
export const sentence = (words) =>
  words && words[0].toUpperCase() + words.slice(1) + (/[.!?…]$/.test(words) ? "" : ".");

/**
 * Why there is no moving picture, "" when there is one.
 * @param {Pick<Film, "status" | "reason" | "note">} film @param {boolean} [begun] has there been a picture?
 */
export function why({ status, reason = "", note = "" }, begun = false) {
  switch (status) {
    case "held":
      if (reason === "paused") return "Somebody paused it. Anyone may resume it.";
      if (reason === "idle") return "Nobody was watching. It goes on for whoever opens it.";
      if (reason === "budget") return note ? sentence(note) : "Its budget is used up for now.";
      return sentence(reason) || "It holds.";
    case "ended":
      if (reason === "stopped") return "Somebody stopped it.";
      if (reason === "length") return "It was as long as asked for.";
      return sentence(reason) || "It is over.";
    case "waiting":
      return sentence(reason) || (begun ? "Rendering resumes…" : "The first picture is on its way.");
    default:
      return "";
  }
}

/** Is there a film that words bend? One that waits for its worker is. @param {string} status @param {boolean} begun */
export const alive = (status, begun) => status === "playing" || status === "held" || (status === "waiting" && begun);

/** Can people make it go on? Not what its budget holds. @param {Pick<Film, "status" | "reason">} film */
export const resumable = ({ status, reason }) => status === "held" && reason !== "budget";

/** The wall's order: what plays first, most watched first. @param {Film} a @param {Film} b */
export function first(a, b) {
  const rank = ["playing", "waiting", "held", "ended"];
  return (
    rank.indexOf(a.status) - rank.indexOf(b.status) ||
    (b.viewers ?? 0) - (a.viewers ?? 0) ||
    (a.stream < b.stream ? -1 : 1)
  );
}

/**
 * A name for a film of such words: "a red fox in the snow" → "red-fox-in-the-snow"; what no letter of a name spells is left
 * out, a name that is taken is counted on.
 * @param {string} words @param {(name: string) => boolean} taken
 */
export function nameFor(words, taken) {
  const plain = words.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const parts = (plain.match(/[a-z0-9]+/g) ?? []).filter((part, at) => at > 0 || !["a", "an", "the"].includes(part));
  let name = "";
  for (const part of parts) {
    const longer = name ? `${name}-${part}` : part;
    if (longer.length > 32) break;
    name = longer;
  }
  name ||= parts[0]?.slice(0, 32) ?? "film";
  for (let n = 1; ; n++) {
    const numbered = n > 1 ? `${name}-${n}` : name;
    if (!taken(numbered)) return numbered;
  }
}
