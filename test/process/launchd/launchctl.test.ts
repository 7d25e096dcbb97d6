import { expect, test } from "bun:test";
import { jobIn } from "../../../src/process/launchd/launchctl.ts";

/** Output of macOS 14 for a running agent; endpoints and coalitions have their own states and counts. */
const RUNNING = `gui/501/com.autonomi.antnode-1 = {
	active count = 1
	path = /Users/ant/Library/LaunchAgents/com.autonomi.antnode-1.plist
	type = LaunchAgent
	state = running

	program = /Users/ant/Library/Application Support/autonomi/node/antnode0001/antnode
	arguments = {
		/Users/ant/Library/Application Support/autonomi/node/antnode0001/antnode
		state = stopped
		pid = 1
	}

	inherited environment = {
		SSH_AUTH_SOCK => /private/tmp/com.apple.launchd.x/Listeners
	}

	domain = gui/501 [100005]
	asid = 100005
	minimum runtime = 15
	exit timeout = 20
	runs = 3
	pid = 913
	immediate reason = speculative
	forks = 0
	execs = 1
	initialized = 1
	last exit code = (never exited)

	resource coalition = {
		ID = 1121
		type = resource
		state = active
		active count = 1
	}

	properties = keepalive | runatload | inferred program
}
`;

test("a running job has a state and a pid", () => {
  expect(jobIn(RUNNING)).toEqual({ state: "running", pid: 913, last_exit: undefined });
});

test("a job between two tries shows how it last ended", () => {
  const scheduled = RUNNING.replace("state = running", "state = spawn scheduled")
    .replace("\tpid = 913\n", "")
    .replace("(never exited)", "78: EX_CONFIG");
  expect(jobIn(scheduled)).toEqual({
    state: "spawn scheduled",
    pid: undefined,
    last_exit: "exit code 78: EX_CONFIG",
  });
});

test("a killed job shows the signal", () => {
  const killed = RUNNING.replace("last exit code = (never exited)", "last terminating signal = Killed: 9");
  expect(jobIn(killed)?.last_exit).toBe("signal Killed: 9");
});

test("the older indentation with spaces is read as well", () => {
  const older =
    "com.wnm = {\n        active count = 1\n        state = running\n        pid = 1486\n        endpoints = {\n                pid = 3\n        }\n}\n";
  expect(jobIn(older)).toEqual({ state: "running", pid: 1486, last_exit: undefined });
});

test("other output is not a job", () => {
  expect(jobIn("")).toBeUndefined();
  expect(jobIn('Could not find service "x" in domain for user gui: 501\n')).toBeUndefined();
});
