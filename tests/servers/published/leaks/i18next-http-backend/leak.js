// Each request has an instance of its own, as pages that are rendered on a server have; each sets an hourly timer to reload.
'use strict';

const { createInstance } = require('i18next');
const Backend = require('i18next-http-backend');

const texts = {
  en: { greeting: 'Good day, {{name}}', basket: 'Your basket' },
  de: { greeting: 'Guten Tag, {{name}}', basket: 'Ihr Warenkorb' },
  fr: { greeting: 'Bonjour, {{name}}', basket: 'Votre panier' },
};

function request(options, url, payload, callback) {
  callback(null, { status: 200, data: texts[url] });
}

const greeting = (backend) => async ({ query }, response) => {
  const i18n = createInstance();
  await i18n.use(Backend).init({
    lng: query.language,
    fallbackLng: 'en',
    backend: { loadPath: '{{lng}}', request, ...backend },
  });
  response.send(i18n.t('greeting', { name: query.name }));
};

module.exports = {
  endpoint: ['get', '/greeting'],
  leaking: () => greeting({}),
  fixed: () => greeting({ reloadInterval: false }),
};
