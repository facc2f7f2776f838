// @ts-check
// Wishes to begin with, which the studio and the lobby offer. examples.jpg has a picture of each of FILMS, in their order
// (`python -m tools.pictures` makes it).

import { make } from "./page.js";

/** Films to begin: animals, people, machines, weather, styles; the first four are what a newcomer sees. */
export const FILMS = [
  "a corgi surfs a giant wave at sunset",
  "a pirate ship in a storm at night",
  "an astronaut dances on the moon",
  "two penguins on the ice, watercolour",
  "a red fox runs through a snowy forest",
  "a yellow taxi in the rain, noir",
  "three red balloons over the mountains",
  "a dragon flies over a castle, pixel art",
  "a blue whale swims under water",
  "an owl in a moonlit forest, paper cut",
  "a robot walks through a city, neon",
  "a cat sleeps on a sofa",
];

/** What a film that plays can be asked for: weather, camera or place, light, guests, style, five at a time. */
export const CHANGES = [
  "now it snows",
  "zoom in",
  "make it night",
  "add three balloons",
  "in watercolour",
  "a storm comes up",
  "pull back",
  "make it morning",
  "add a dragon",
  "as a paper cut",
  "fog rolls in",
  "go under water",
  "make it sunset",
  "add a butterfly",
  "as pixel art",
];

const COLUMNS = 4; // of the pictures in examples.jpg
const ROWS = Math.ceil(FILMS.length / COLUMNS);

/**
 * Which of `length` things are shown, `count` at a time: others every turn, each of them in the end.
 * @param {number} length @param {number} count @param {number} turn from 0
 */
export const some = (length, count, turn) =>
  Array.from({ length: Math.min(count, length) }, (_, n) => (turn * count + n) % length);

/** A film to begin, its picture beside its words. @param {number} index in FILMS @param {(words: string) => void} take */
export function card(index, take) {
  const picture = make("i");
  const [column, row] = [index % COLUMNS, Math.floor(index / COLUMNS)];
  picture.style.backgroundPosition = `${(column * 100) / (COLUMNS - 1)}% ${(row * 100) / (ROWS - 1)}%`;
  picture.style.backgroundSize = `${COLUMNS * 100}% ${ROWS * 100}%`;
  const button = /** @type {HTMLButtonElement} */ (make("button", "card"));
  button.type = "button";
  button.append(picture, make("span", "", FILMS[index]));
  button.addEventListener("click", () => take(FILMS[index]));
  return button;
}
