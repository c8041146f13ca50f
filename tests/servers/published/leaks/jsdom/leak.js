// A page with a script of its own is rendered on the server; its window, and so its clock, goes on after the answer.
'use strict';

const { JSDOM } = require('jsdom');

const html = (id) => `<!DOCTYPE html><h1>Offer ${id}</h1><p id="clock"></p><script>
  const clock = document.getElementById('clock');
  const tick = () => { clock.textContent = new Date().toISOString().slice(11, 16); };
  tick();
  setInterval(tick, 60000);
</script>`;

const offer = (done) => ({ params }, response) => {
  const dom = new JSDOM(html(params.id), { runScripts: 'dangerously' });
  response.send(dom.serialize());
  done(dom);
};

module.exports = {
  endpoint: ['get', '/offers/:id'],
  leaking: () => offer(() => {}),
  fixed: () => offer((dom) => dom.window.close()),
};
