// A job for each reminder, some days from now.
'use strict';

const schedule = require('node-schedule');

const DAY_MS = 86400000;

const remind = (keep) => ({ body }, response) => {
  const job = schedule.scheduleJob(new Date(Date.now() + body.days * DAY_MS), () => {});
  response.status(201).json({ at: job.nextInvocation() });
  if (!keep) job.cancel();
};

module.exports = {
  endpoint: ['post', '/reminders'],
  leaking: () => remind(true),
  fixed: () => remind(false),
};
