import { expect, test } from "bun:test";
import { settle } from "../../src/decide/lifecycle/settle.ts";
import type { Node } from "../../src/model/node.ts";
import type { Observation } from "../../src/model/observation.ts";
import { aConfig, aNode, NOW } from "../support/builders.ts";

const [PUT, OTHER] = ["a".repeat(64), "b".repeat(64)];

/** What is known about the program after a node that ran it was seen to have ended. */
function after(
  changes: Partial<Node>,
  seen: Partial<Observation>,
): Pick<Node, "program_sha256" | "strange_program"> {
  const observation: Observation = {
    process: { state: "stopped", because: undefined },
    reading: undefined,
    folder: undefined,
    ended_because: undefined,
    shown_on: 23_001,
    ...seen,
  };
  const { program_sha256, strange_program } = settle(
    aNode(1, { program_sha256: PUT, ...changes }),
    observation,
    aConfig(),
    NOW,
  );
  return { program_sha256, strange_program };
}

const program = (sha256: string, version?: string) => ({ program: { sha256, version } });

test("the first program seen counts as the node's own", () => {
  expect(after({ program_sha256: undefined }, program(OTHER))).toEqual({
    program_sha256: OTHER,
    strange_program: undefined,
  });
});

test("any other program is strange, even one of the operator's; seeing the installed one clears that", () => {
  const strange = { program_sha256: PUT, strange_program: OTHER };
  expect(after({}, program(OTHER))).toEqual(strange);
  expect(after({}, program(OTHER, "0.4.16"))).toEqual(strange);
  expect(after({ strange_program: OTHER }, {})).toEqual(strange);
  expect(after({ strange_program: OTHER }, program(PUT))).toEqual({
    program_sha256: PUT,
    strange_program: undefined,
  });
});

test("the node's own upgrade and an interrupted rollback installed their programs", () => {
  const ours = { program_sha256: OTHER, strange_program: undefined };
  expect(after({}, { ...program(OTHER), upgraded_to: { version: undefined } })).toEqual(ours);
  expect(after({ previous_version: "0.4.16" }, program(OTHER, "0.4.16"))).toEqual(ours);
});
