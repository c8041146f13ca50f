// A job that runs once, a moment after the answer: before 2.0.0 it stayed among the scheduled ones.
'use strict';

const SOON_MS = 20;

const parcel = (schedule) => ({ body }, response) => {
  schedule.scheduleJob(new Date(Date.now() + SOON_MS), () => {});
  response.status(202).json({ packed: body.book });
};

module.exports = {
  endpoint: ['post', '/parcels'],
  leaking: () => parcel(require('leaking')),
  fixed: () => parcel(require('fixed')),
};
