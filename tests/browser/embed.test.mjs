// The pure part of embed.js: queries and orders. Run: node --test tests/browser/
import assert from "node:assert/strict";
import { test } from "node:test";

import { EVENTS, look, orderOf } from "../../streamer/broadcaster/web/embed.js";

const anything = () => true;
const order = (fields) => orderOf({ to: "streamer-video", id: "1", ...fields });

test("a query without options gives a player with controls and nothing else", () => {
  const { attributes, variables } = look("", anything);
  assert.deepEqual(
    Object.keys(attributes).filter((name) => attributes[name] !== null),
    ["controls"],
  );
  assert.deepEqual(variables, {});
});

test("options are switched by 1 and 0", () => {
  const { attributes } = look("?controls=0&captions=1&stats=true&paused=1&path=mse&token=a%2Bb", anything);
  const on = Object.entries(attributes).filter(([, value]) => value !== null);
  assert.deepEqual(Object.fromEntries(on), { captions: "", stats: "", paused: "", path: "mse", token: "a+b" });
});

test("colours go to the player only if they are CSS", () => {
  const supports = (property, value) => property === "color" && value === "red";
  const { variables } = look("?accent=red&text=url(//evil)&radius=red", supports);
  assert.deepEqual(variables, { "--streamer-accent": "red" });
});

for (const data of [
  null,
  undefined,
  7,
  "play",
  [],
  {},
  { do: "play", id: "1" },
  { to: "streamer-video", do: "play" },
]) {
  test(`${JSON.stringify(data)} is no message of ours`, () => assert.equal(orderOf(data), null));
}

test("an id that no answer could carry is none", () => {
  assert.equal(order({ id: "x".repeat(65), do: "play" }), null);
  assert.equal(order({ id: 5, do: "play" }), null);
  assert.equal(order({ id: "", do: "play" }), null);
});

test("orders are read with all that they need", () => {
  assert.deepEqual(order({ do: "pause" }).order, { do: "pause" });
  assert.deepEqual(order({ do: "prompt", prompt: "snow" }).order, { do: "prompt", prompt: "snow", options: {} });
  assert.deepEqual(order({ do: "set", name: "stats", value: true }).order, { do: "set", name: "stats", value: "" });
  assert.deepEqual(order({ do: "set", name: "stats", value: false }).order, { do: "set", name: "stats", value: null });
  assert.deepEqual(order({ do: "set", name: "token", value: "t" }).order, { do: "set", name: "token", value: "t" });
  assert.deepEqual(order({ do: "subscribe" }).order.events, EVENTS);
});

test("nothing but the player's own switches can be set", () => {
  for (const name of ["src", "stream", "onclick", "style", "__proto__", "constructor"]) {
    const { order: found, fault } = order({ do: "set", name, value: "x" });
    assert.equal(found, null);
    assert.match(fault, /name: expected/);
  }
});
