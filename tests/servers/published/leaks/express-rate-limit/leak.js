// A limiter for each download: it counts nothing but its own request, and its store has a timer that never ends.
'use strict';

const { rateLimit } = require('express-rate-limit');

const limiter = () => rateLimit({ windowMs: 60000, max: 1000000 });

const download = (limiterOf) => (request, response) => {
  limiterOf()(request, response, () => response.send(`chapter one of ${request.params.id}\n`));
};

module.exports = {
  endpoint: ['get', '/downloads/:id'],
  leaking: () => download(limiter),
  fixed: () => {
    const shared = limiter();
    return download(() => shared);
  },
};
