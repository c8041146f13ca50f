// A logger for each order on one transport, which keeps the listeners of every logger that was piped into it.
'use strict';

const { Writable } = require('stream');
const winston = require('winston');

const nowhere = new Writable({ write: (chunk, encoding, done) => done() });
const transport = new winston.transports.Stream({ stream: nowhere });
const logger = () => winston.createLogger({ format: winston.format.json(), transports: [transport] });

const order = (loggerOf) => ({ body }, response) => {
  loggerOf().info('ordered', { book: body.book, quantity: body.quantity });
  response.status(201).json({ ordered: body.book });
};

module.exports = {
  endpoint: ['post', '/orders'],
  leaking: () => order(logger),
  fixed: () => {
    const shared = logger();
    return order(() => shared);
  },
};
