#!/usr/bin/env perl
# Which endpoint a request is of: by a file of routes, by operation, assets together or left out, and what is said of it.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use List::Util qw(shuffle);
use MIME::Base64 qw(encode_base64);
use Test::More;
use Seep;

my $work = scratch();

sub line {
    my ($method, $url) = @_;
    return qq{192.0.2.7 - - [12/Mar/2024:14:00:05 +0000] "$method $url HTTP/1.1" 200 12 "-" "agent/1"\n};
}

sub target {
    my ($url, $body) = @_;
    return sprintf qq{{"method":"POST","url":"%s","body":"%s"}\n}, $url, encode_base64($body, '');
}

# Endpoint -> what the JSON result says of it.
sub endpoints {
    return { map { $_->{endpoint} => $_ } @{json($_[0])->{endpoints}} };
}

spit("$work/shop.log",
    join '', (map { line('GET', "/tag/t" . chr(96 + $_)) x 3 } 1 .. 20),
    line('GET', '/tag/new'), (map { line('GET', "/cart/$_") } 1 .. 9), line('GET', '/cart/10?token=planted'),
    line('GET', '/verify/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJwbGFudGVkIn0.cGxhbnRlZHNpZ25hdHVyZQ'),
    line('GET', '/css/a.css'), line('GET', '/favicon.ico'), line('POST', '/css/a.css'));

my $learned = seep('import', "$work/shop.log", '-o', "$work/learned", '--json', "$work/learned.json");
is($learned->{exit}, 0, 'a log imports');
like($learned->{out}, qr/^3 of 6 endpoints stand for several paths each: -v shows/m, 'it says how many endpoints stand for several paths');
my $cart = endpoints("$work/learned.json")->{'GET /cart/{id}'};
is_deeply([@{$cart->{parameters}[0]}{qw(name why distinct)}, scalar @{$cart->{parameters}[0]{examples}}], ['id', 'shape', 10, 3],
    'and in JSON, how many values a parameter had, three of them, and why it is one');
is($cart->{from}, 'data', 'which was learned');

my $whole = seep('-v', 'import', "$work/shop.log", '-o', "$work/whole");
like($whole->{out}, qr{^GET /tag/\{name\}\n  name +21 values: t., .*  \(many values, few requests each\)$}m, '-v: the same for people');
my ($one, $all) = $whole->{out} =~ /say so in two lines:\n  (GET .*)\n  (GET .*)\n/;
ok(defined $all, '-v: and two lines that overrule it');
unlike(join('', @{$whole}{qw(out err)}, slurp("$work/learned.json")), qr/eyJhbGci|planted/, 'no example holds a secret');

spit("$work/two.txt", "$one\n$all\n");
my $two = seep('import', "$work/shop.log", '-o', "$work/two", '--routes', "$work/two.txt", '--json', "$work/two.json");
my ($alone, $rest) = @{endpoints("$work/two.json")}{$one, $all};
is($alone->{from} . $rest->{from}, 'routesroutes', 'these lines as --routes: one value is an endpoint of its own');
like($two->{out}, qr{^not in \S+two\.txt, learned from data: }m, 'and what they do not name is learned, and said');

spit("$work/bad.txt", "GET /a\nGET /b/{id\n");
my $bad = seep('import', "$work/shop.log", '-o', "$work/bad", '--routes', "$work/bad.txt");
is($bad->{exit}, 200, 'a bad file of routes is bad input');
is($bad->{err}, "seep: $work/bad.txt:2:5: a bracket that is not closed in '{id'\n", 'said in one line, with its place');
ok(!-e "$work/bad", 'and nothing is left');

seep('import', "$work/shop.log", '-o', "$work/group", '--assets', 'group', '--json', "$work/group.json");
is(endpoints("$work/group.json")->{'GET /{asset...}'}{requests}, 2, '--assets group: one endpoint for what is GET');
my $drop = seep('import', "$work/shop.log", '-o', "$work/drop", '--assets', 'drop', '--json', "$work/drop.json", '--show-skipped');
is(json("$work/drop.json")->{skipped}{'static asset'}, 2, '--assets drop: counted under a reason');
like($drop->{err}, qr{: static asset: GET /favicon\.ico$}m, 'and shown');
is(seep('import', "$work/shop.log", '-o', "$work/other", '--assets', 'none')->{exit}, 200, 'another word is refused');

spit("$work/calls.jsonl", join '', (target('/graphql', '{"operationName":"GetCart","query":"query GetCart{a}"}')) x 3,
    target('/graphql', '{"query":"mutation Add{a}"}'), target('/graphql', '{"jsonrpc":"2.0","method":"eth_call","id":1}'));
seep('import', "$work/calls.jsonl", '-o', "$work/calls", '--operations', '--json', "$work/calls.json");
is(join(' ', map { "$_->{endpoint}=$_->{file}" } @{json("$work/calls.json")->{endpoints}}),
    'POST /graphql#GetCart=post_graphql_getcart.yaml POST /graphql#Add=post_graphql_add.yaml POST /graphql#eth_call=post_graphql_eth_call.yaml',
    '--operations: an endpoint for each, with files of its own');
my $check = seep('check', "$work/calls", '--offline');
like($check->{out}, qr{POST /graphql#GetCart}, 'their names are read back');

# The real, dirty log, shuffled: the same endpoints with the same requests, parameters and examples.
SKIP: {
    my ($log) = grep { -r } map { "$_/access-combined-10k.log" } $ENV{SEEP_SHARED_DATA} // (), root() . '/../shared/data',
        root() . '/../../shared/data';
    skip('no access-combined-10k.log (set SEEP_SHARED_DATA)', 3) if !defined $log;
    my @lines = split /^/, slurp($log);
    my $told = sub {
        spit("$work/real.log", join '', @lines);
        seep('import', "$work/real.log", '-o', "$work/real", '--force', '--json', "$work/real.json");
        my $by_name = endpoints("$work/real.json");
        return { map { my $told = $by_name->{$_}; ($_ => [@{$told}{qw(requests parameters rare_routes examples)}]) } keys %$by_name };
    };
    my $first = $told->();
    srand 8;
    for my $round (1 .. 3) {
        @lines = shuffle(@lines);
        is_deeply($told->(), $first, "the real log, shuffled: round $round");
    }
}

done_testing();
