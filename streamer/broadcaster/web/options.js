// @ts-check
// What a wish may ask for besides its words: the fields of `#more`. Only what was set is sent; what does not fit is the
// server's to say, and is shown where it was written.

import { at, make } from "./page.js";

/**
 * @typedef {{name: string, label: string, hint?: string, title?: string, placeholder?: string, mode?: string,
 *   wide?: boolean, choices?: [string, string][]}} Field
 */
/** @type {Field[]} */
const FIELDS = [
  { name: "style", label: "Style", placeholder: "watercolour, noir, neon", wide: true },
  {
    name: "transition",
    label: "Transition",
    hint: "from what plays now",
    wide: true,
    choices: [
      ["", "as it is set"],
      ["auto", "as the director likes"],
      ["blend", "blend into it"],
      ["cut", "cut"],
    ],
  },
  {
    name: "length",
    label: "Length",
    hint: "seconds",
    mode: "decimal",
    placeholder: "0: endless",
    title: "Seconds after which the film ends",
  },
  {
    name: "descriptions",
    label: "Descriptions",
    hint: "in all",
    mode: "numeric",
    placeholder: "0: endless",
    title: "The film's length in descriptions",
  },
  { name: "language", label: "Language", hint: "you write", placeholder: "Deutsch", wide: true },
  {
    name: "pace",
    label: "Pace",
    hint: "seconds each",
    mode: "decimal",
    placeholder: "0.5 to 12",
    title: "Seconds that a description lasts",
  },
  {
    name: "seed",
    label: "Seed",
    hint: "a number",
    mode: "numeric",
    placeholder: "any",
    title: "The same words with the same seed give the same pictures",
  },
];
/** @type {Field[]} */
const ADVANCED = [
  {
    name: "window",
    label: "Window",
    mode: "numeric",
    placeholder: "1 to 32",
    title: "Descriptions that the LLM is asked for at a time",
  },
  {
    name: "temperature",
    label: "Temperature",
    mode: "decimal",
    placeholder: "0 to 2",
    title: "How freely the LLM chooses its words",
  },
  {
    name: "top_p",
    label: "Top p",
    mode: "decimal",
    placeholder: "0 to 1",
    title: "From how many of the likeliest words the LLM chooses",
  },
];

// A page leaves out what makes no sense there: <details id="more" data-without="transition">.
const without = (at("more").dataset.without ?? "").split(" ");
const NAMES = [...FIELDS, ...ADVANCED].map(({ name }) => name).filter((name) => !without.includes(name));
build();

function build() {
  const advanced = make("details", "wide");
  advanced.id = "advanced";
  const box = make("div", "options");
  box.append(...ADVANCED.map(field));
  advanced.append(make("summary", "", "Advanced"), box);
  const hold = make("p", "wide hold", at("more").dataset.hold);
  const clear = make("button", "", "Clear them");
  clear.id = "clear";
  clear.setAttribute("type", "button");
  hold.append(clear);
  const shown = FIELDS.filter(({ name }) => NAMES.includes(name));
  at("options").append(...shown.map(field), advanced, hold);
}

/** @param {Field} field */
function field({ name, label, hint = "", title = "", placeholder = "", mode = "", wide, choices }) {
  const input = document.createElement(choices ? "select" : "input");
  Object.assign(input, { id: name, title }, choices ? {} : { type: "text", placeholder, inputMode: mode });
  for (const [value, words] of choices ?? []) input.append(new Option(words, value));
  const caption = make("label", "", `${label} `);
  caption.setAttribute("for", name);
  if (hint) caption.append(make("small", "", hint));
  const line = make("p", wide ? "wide" : "");
  line.append(caption, input);
  return line;
}

const WORDS = new Set(["style", "transition", "language"]); // the others are numbers

/** @param {string} name */
const input = (name) => /** @type {HTMLInputElement | HTMLSelectElement} */ (/** @type {unknown} */ (at(name)));

/** What was set, as the wire has it. @returns {Record<string, any>} */
export function options() {
  const set = NAMES.map((name) => [name, input(name).value.trim()]).filter(([, value]) => value);
  return Object.fromEntries(set.map(([name, value]) => [name, WORDS.has(name) ? value : number(value)]));
}

/**
 * "1,5" is a number, too. "1,000" may be a thousand or one: that goes as it is, like all that is no number, and the server
 * says so.
 * @param {string} value
 */
function number(value) {
  const found = Number(/^[^,]*,(?!\d{3}$)[^,]*$/.test(value) ? value.replace(",", ".") : value);
  return Number.isFinite(found) ? found : value;
}

/** The server's words are a programmer's. @type {[RegExp, string][]} */
const PLAIN = [
  [/Expected `(?:int|float)` >= (.+)/, "at least $1"],
  [/Expected `(?:int|float)` > (.+)/, "more than $1"],
  [/Expected `(?:int|float)` <= (.+)/, "at most $1"],
  [/Expected `str` of length <= (\d+)/, "at most $1 characters"],
  [/Expected `int\b.+/, "a whole number"],
  [/Expected `float\b.+/, "a number"],
];

/**
 * Say at its input what does not fit. Returns the same in a line, "" if the field is none of these.
 * @param {string} field "options.pace"
 * @param {string} message the server's
 */
export function complain(field, message) {
  const name = field.replace(/^options\./, "");
  if (!NAMES.some((known) => known === name)) return "";
  const said = message.replace(/^prompt: /, "").replace(/ - at `[^`]*`$/, "");
  const [pattern, words] = PLAIN.find(([pattern]) => pattern.test(said)) ?? [/^/, ""];
  const plain = said.replace(pattern, words).replace(/\.0$/, "");
  content(name);
  const why = make("small", "why", plain);
  why.id = `${name}-why`;
  input(name).after(why);
  input(name).setAttribute("aria-invalid", "true");
  input(name).setAttribute("aria-describedby", why.id);
  for (let box = input(name).closest("details"); box; box = box.parentElement?.closest("details") ?? null)
    box.open = true;
  input(name).focus();
  return `${input(name).labels?.[0]?.firstChild?.textContent?.trim()}: ${plain}`;
}

/** Nothing is wrong with it any more. @param {string} name */
function content(name) {
  document.getElementById(`${name}-why`)?.remove();
  input(name).removeAttribute("aria-invalid");
  input(name).removeAttribute("aria-describedby");
}

/** How many are set shows while they are folded away, too. */
function count() {
  const { length } = Object.keys(options());
  at("more-set").textContent = length ? `${length} set` : "";
  at("clear").hidden = !length;
}

for (const name of NAMES) {
  input(name).addEventListener("input", () => {
    content(name);
    count();
  });
}
at("clear").addEventListener("click", () => {
  for (const name of NAMES) {
    input(name).value = "";
    content(name);
  }
  count();
  input("style").focus(); // the button that had it is gone
});
count(); // some browsers bring back what was written before a reload
