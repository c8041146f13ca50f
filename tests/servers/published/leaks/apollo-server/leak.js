// A gateway that writes the reader's words into the query's text: each is another persisted query, and all are kept. The store of parsed
// documents, which is bounded, is small on both sides: it would still be filling.
'use strict';

const { createHash } = require('crypto');
const { ApolloServer, gql } = require('apollo-server');
const { InMemoryLRUCache } = require('apollo-server-caching');

const DOCUMENTS_MOST = 200;
const CHARACTERS_MOST = 65536;
const bounded = (maxSize) => new InMemoryLRUCache({ maxSize });

const typeDefs = gql`
  type Review { reader: String, stars: Int }
  type Query { reviews(reader: String): [Review] }
`;
const resolvers = { Query: { reviews: (_, { reader }) => [{ reader, stars: reader.length % 6 }] } };

const persisted = (query) => ({ persistedQuery: { version: 1, sha256Hash: createHash('sha256').update(query).digest('hex') } });

const reviews = (options) => {
  const server = new ApolloServer({ typeDefs, resolvers, documentStore: bounded(DOCUMENTS_MOST), ...options });
  return async (request, response) => {
    const query = `{ reviews(reader: ${JSON.stringify(request.query.reader)}) { reader stars } }`;
    const { data } = await server.executeOperation({ query, extensions: persisted(query) });
    response.json(data);
  };
};

module.exports = {
  endpoint: ['get', '/reviews'],
  leaking: () => reviews({}),
  fixed: () => reviews({ persistedQueries: { cache: bounded(CHARACTERS_MOST) } }),
};
