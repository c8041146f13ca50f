#!/usr/bin/env perl
# Projects of somebody else with one file added: each client reads them, the service's own files are as they were, the soak of
# the Python one fails its limit and leaves what CI keeps.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Compose;
use Test::More;
use Seep;

my $examples = root() . '/docker/examples';
for my $name (qw(python node)) {
    my @files = map { "$examples/$name/$_" } 'compose.yaml', 'docker-compose.seep.yaml';
    for my $client (compose_clients()) {
        is(system("@$client -f $files[0] -f $files[1] config -q 2>/dev/null"), 0, "$name: read by @$client");
    }
    unlike(slurp($files[0]) . slurp("$examples/$name/Dockerfile"), qr/seep/i, "$name: its own files know nothing of seep");
}

my $shop = scratch() . '/shop';
is(system('cp', '-r', "$examples/python", $shop), 0, 'a project');
my $ran = compose({files => ["$shop/compose.yaml", "$shop/docker-compose.seep.yaml"]}, 'up', '--build', '--exit-code-from', 'seep');
is($ran->{exit}, 1, 'the soak of the Python shop ends with 1') or diag($ran->{out});
like($ran->{out}, qr/crossed\s+growth > 16 B\/request/, 'its limit is crossed');
like(slurp("$shop/results/soak.md"), qr/GROWTH.*GET \/search/s, 'the summary says what grows');
like(slurp("$shop/results/soak.xml"), qr/<failure message="GET \/item/, 'JUnit too');
like(slurp("$shop/results/soak.html"), qr/<html/, 'there is a page');
is(compose({files => ["$shop/compose.yaml", "$shop/docker-compose.seep.yaml"]}, 'down', '-v', '--rmi', 'local')->{exit}, 0, 'down -v');
is(left_behind(), '', 'nothing is left behind');
done_testing();
