// An HTTP server that says ok. Usage: node app.js PORT
'use strict';

require('http')
  .createServer((request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': 3 });
    response.end('ok\n');
  })
  .listen(Number(process.argv[2]), '127.0.0.1');
