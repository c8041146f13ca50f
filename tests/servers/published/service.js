// The bookshop on $PORT and, beside it, the endpoint of leaks/$LEAK/leak.js at its $SIDE: leaking, or fixed.
'use strict';

const express = require('express');
const shop = require('./shop');

const leak = require(`./leaks/${process.env.LEAK}/leak`);
const [method, path] = leak.endpoint;

express()
  .use(express.json())
  .use(shop)
  [method](path, leak[process.env.SIDE]())
  .listen(Number(process.env.PORT), '127.0.0.1');
