# The published leaks that are hunted: what was published, and what a request of each looks like. `bytes`: what a request was
# seen to leave on the heap, and in RSS, when the leak was first reproduced on Node 20, without seep. `recorded`: so many
# requests, where they are heavy.
package Leaks;
use strict;
use warnings;
use Exporter qw(import);

our @EXPORT = qw(leak_names leak);

sub one_of { return $_[rand @_] }

my @leaks = (
    {name => 'jsdom', package => 'jsdom 21.1.1', record => ['README, "Closing down a jsdom"', 'https://github.com/jsdom/jsdom/blob/21.1.1/README.md'],
        leaking => 'a window with a timer in each request', fixed => '`window.close()`', bytes => ['607 KB', '652 KB'],
        endpoint => 'GET /offers/{id}', recorded => 20, request => sub { '/offers/' . int rand 500 }},
    {name => 'i18next-http-backend', package => 'i18next-http-backend 2.6.1, i18next 23.15.1',
        record => ['#150', 'https://github.com/i18next/i18next-http-backend/issues/150'],
        leaking => 'an instance in each request', fixed => '`reloadInterval: false`', bytes => ['31.6 KB', '49 KB'],
        endpoint => 'GET /greeting', request => sub { sprintf '/greeting?language=%s&name=reader%d', one_of(qw(en de fr)), rand 40 }},
    {name => 'winston', package => 'winston 3.11.0', record => ['#1334', 'https://github.com/winstonjs/winston/issues/1334'],
        leaking => '`createLogger()` on a shared transport in each request', fixed => 'one logger', bytes => ['7.6 KB', '15.8 KB'],
        endpoint => 'POST /orders', request => sub { '/orders', {book => int rand 800, quantity => 1 + int rand 4} }},
    {name => 'express-rate-limit', package => 'express-rate-limit 6.7.0',
        record => ['an error since 7.0.0', 'https://express-rate-limit.github.io/ERR_ERL_CREATED_IN_REQUEST_HANDLER/'],
        leaking => '`rateLimit()` in the handler', fixed => 'one limiter', bytes => ['571 B', '8.9 KB'],
        endpoint => 'GET /downloads/{id}', request => sub { '/downloads/' . int rand 800 }},
    {name => 'node-schedule', package => 'node-schedule 2.1.0', record => ['README, "job.cancel"', 'https://github.com/node-schedule/node-schedule/blob/v2.1.0/README.md#jobcancelreschedule'],
        leaking => 'a job some days from now in each request', fixed => '`job.cancel()`', bytes => ['1.9 KB', '6.3 KB'],
        endpoint => 'POST /reminders', request => sub { '/reminders', {book => int rand 800, days => 1 + int rand 20} }},
    {name => 'node-schedule-one-off', package => 'node-schedule 1.3.3', record => ['PR #478', 'https://github.com/node-schedule/node-schedule/pull/478'],
        leaking => 'a job that runs once, soon, in each request', fixed => 'node-schedule 2.1.0', bytes => ['-', '-'],
        endpoint => 'POST /parcels', request => sub { '/parcels', {book => int rand 800} }},
    {name => 'lru-cache', package => 'lru-cache 7.14.0', record => ['README, "Storage Bounds Safety"', 'https://github.com/isaacs/node-lru-cache/blob/v7.14.0/README.md'],
        leaking => 'a cache with `ttl` alone; each request a key of its own', fixed => '`max: 8000`', bytes => ['422 B', '1.9 KB'],
        endpoint => 'GET /price', more => "fresh: {query: ticket}\n", request => sub { sprintf '/price?ticket=%08x', rand 2**32 }},
    {name => 'apollo-server', package => 'apollo-server 3.8.2, graphql 15.8.0',
        record => ['PR #6536', 'https://github.com/apollographql/apollo-server/pull/6536'],
        leaking => 'a persisted query of its own in each request', fixed => '`persistedQueries: false`', bytes => ['2.3 KB', '3.3 KB'],
        endpoint => 'GET /reviews', more => "fresh: {query: reader}\n", request => sub { sprintf '/reviews?reader=%08x', rand 2**32 }},
);

sub leak_names { return map { $_->{name} } @leaks }
sub leak { my ($name) = @_; return (grep { $_->{name} eq $name } @leaks)[0] }

1;
