// A shop as somebody else would have it. It keeps what each search came with and never looks at it again.
const http = require('node:http');

const items = Array.from({ length: 200 }, (_, id) => ({ id, name: `lamp ${id}`, cents: 900 + 7 * id }));
const searches = [];

const server = http.createServer((request, response) => {
  const url = new URL(request.url, 'http://shop');
  const [, page, id] = url.pathname.split('/');
  const wanted = url.searchParams.get('q') || '';
  if (page === 'search') searches.push({ wanted, headers: { ...request.headers }, at: new Date() });
  const pages = {
    health: () => 'ok',
    item: () => items[Number(id) % items.length],
    search: () => items.filter((item) => item.name.endsWith(wanted)).slice(0, 10),
  };
  const answer = pages[page];
  response.writeHead(answer ? 200 : 404, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(answer ? answer() : { error: 'no such page' }));
});
server.listen(8000);
process.on('SIGTERM', () => process.exit(0));
