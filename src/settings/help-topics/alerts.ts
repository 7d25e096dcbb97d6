import { FORMS, PLACEHOLDERS } from "../alert-targets.ts";

/** How wnm sends what is wrong. */
export const alertsTopic = (): string => `wnm sends alerts to the addresses of --alert_url:
    wnm --force_action nullop --alert_url https://ntfy.sh/YOUR_TOPIC
    wnm --force_action test_alert
The second sends a test and shows the answer. To send no more alerts:
    wnm --force_action nullop --alert_url ""

Addresses, separated by blanks in one pair of quotes:
  https://… or http://…   a POST of plain text, with the headers Title, Priority and Tags of ntfy
  slack:https://…         JSON for Slack, Mattermost and Rocket.Chat; chosen for hooks.slack.com
  discord:https://…       JSON for Discord; chosen for discord.com
  matrix:https://…        JSON for the hooks of Matrix (hookshot)
  text:https://…          plain text, where --alert_template sets another form for the others
  exec:/path/to/program   a program with the message on its standard input, without a shell, with a
                          clean environment; only you and root may be able to change it
--alert_template is the form for addresses that name none: ${Object.keys(FORMS).join(", ")}, or JSON
in which ${PLACEHOLDERS.map((name) => `{${name}}`).join(" ")} are replaced; {message} is
title and text. Gotify:
  {"title":"{title}","message":"{text}"}
Telegram, at https://api.telegram.org/botTOKEN/sendMessage:
  {"chat_id":"42","text":"{message}"}

When: once when a finding begins or becomes bad, again after --alert_repeat while it lasts, and once
when it is over. All findings of a run are one message. When three or more nodes have the same
problem, further nodes, and its end, are collected in one message for up to 15 minutes.
Also when a run refuses to work, another run holds the colony for too long, the database cannot be
opened (by the settings of the last run), and when the disk is full.
--alert_level bad leaves warnings out; --alert_after 300 waits until a finding has lasted 5 minutes.

No message is sent twice: it is recorded in colony.db.alerts before its first byte leaves. A run
that is killed at that moment, or gets no answer, may lose it; the finding alert-failed says so. A
message that certainly did not arrive is sent again after 1 minute, then 2, up to an hour.

--ping_url is a check of healthchecks.io or of your own server: each plain run calls it with /start,
then as it is, or with /fail and what is wrong. It is how you learn that a machine is dead.

Sending takes 3 seconds at most, after the lock is released, and never fails a run. Proxies of the
environment are not used, redirects are not followed, and certificates are verified;
NODE_EXTRA_CA_CERTS names a certificate authority of your own.
An address may hold a token: no log, report or list of processes shows it. Still, a shell keeps what
you type: WNM_ALERT_URL, or a line in ~/.local/share/wnm/.env, avoids that.
`;
