import { expect, test } from "bun:test";
import { runsPythonWnm } from "../../src/commands/cron/cron-line.ts";

test.each([
  "*/1 * * * * . ~/.venv/bin/activate && wnm >>/tmp/wnm.log 2>&1",
  "* * * * * source $HOME/venv/bin/activate; wnm --quiet",
  "*/5 * * * * /usr/bin/python3 -m wnm >/dev/null",
  "* * * * * python3.13 /home/ant/.venv/bin/wnm",
])("Python wnm is started by: %s", (line) => {
  expect(runsPythonWnm(line)).toBe(true);
});

test.each([
  "* * * * * $HOME/.local/bin/wnm >>$HOME/wnm.log 2>&1",
  "# * * * * * . ~/.venv/bin/activate && wnm",
  "0 * * * * . ~/.venv/bin/activate && wnm --report node-status",
  "* * * * * /home/ant/.venv/bin/python3 /home/ant/wnm-page.py",
])("Python wnm is not started by: %s", (line) => {
  expect(runsPythonWnm(line)).toBe(false);
});
