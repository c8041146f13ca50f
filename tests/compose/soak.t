#!/usr/bin/env perl
# The soak of docker/compose.yaml ends by itself: 1 and what grows, 0 without the leak; also after the client was killed.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Compose;
use Test::More;
use Seep;

my @up = ('up', '--build', '--exit-code-from', 'seep');
my $killed = compose_wait(compose_begin({}, @up), until => qr/seep.*replaying/);
is($killed->{exit}, 'killed', 'a client that is killed while the soak runs') or diag($killed->{out});
my $again = compose(@up);
is($again->{exit}, 1, 'up again: the soak ends with 1') or diag($again->{out});
my $result = json(results() . '/compose/soak.json');
is($result->{verdict}, 'growth', 'growth') or diag($again->{out});
is($result->{findings}[0]{signal}, 'live_objects', 'told by the agent, through a socket of another user');
ok((grep { $_ eq 'GET /quote/{slug}' } @{$result->{findings}[0]{endpoints}}), 'of a mix with GET /quote/{slug}');
my %says = (html => qr/<html.*GET \/quote/s, md => qr/keeps [\d.]+ B per request/, xml => qr/<failure message=.*keeps? [\d.]+ B per request/);
like(slurp(results() . "/compose/soak.$_"), $says{$_}, "soak.$_ says it") for sort keys %says;
is((stat results() . '/compose/seep.db')[4], 10001, 'the store belongs to seep, since root owns the results');
is(take_down()->{exit}, 0, 'down -v');
is(left_behind(), '', 'nothing is left behind');

my $fixed = compose({env => {LEAK => 'off'}}, @up);
is($fixed->{exit}, 0, 'without the leak it ends with 0') or diag($fixed->{out});
is(json(results() . '/compose/soak.json')->{verdict}, 'no_growth', 'no growth');
take_down();
is(left_behind(), '', 'nothing is left behind');
done_testing();
