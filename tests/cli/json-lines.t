#!/usr/bin/env perl
# Access logs in JSON lines, as a user imports them: a known shape, mapped keys, keys that are none.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Test::More;
use Seep;

my $caddy = root() . '/tests/data/access/caddy.jsonl';
my $ran = seep('import', $caddy, '-o', scratch() . '/caddy', '--json', scratch() . '/caddy.json', '--show-skipped');
is($ran->{exit}, 0, 'a log of Caddy imports') or diag($ran->{err});
my $result = json(scratch() . '/caddy.json');
is_deeply([@$result{qw(read imported)}, $result->{skipped}], [8, 3, {'no request' => 5}], 'each line is a request or counted');
like($ran->{out}, qr/lines of the shape: Caddy \(3\)/, 'what it was taken for is told');
like($ran->{err}, qr/^\Q$caddy\E:4: no request: \{"level":"error"/m, 'and which lines were none');
unlike(join('', map { slurp($_) } glob(scratch() . '/caddy/*')), qr/remote_port|err_trace/, 'only the request is kept');

my $odd = spit(scratch() . '/odd.log', join '', map {
    qq({"when":$_,"verb":"GET","where":"/item/$_?x=1","rc":204,"token":{"api":"planted0$_"}}\n) } 1710252005 .. 1710252014);
$ran = seep('import', $odd, '-o', scratch() . '/odd', qw(--key time=/when --key target=/where --key status=/rc),
    '--key', 'header:X-Api-Key=/token/api', '--json', scratch() . '/odd.json');
is($ran->{exit}, 0, 'mapped keys import what has no known shape') or diag($ran->{err});
$result = json(scratch() . '/odd.json');
is_deeply([map { [@$_{qw(endpoint requests)}] } @{$result->{endpoints}}], [['GET /item/{id}', 10]], 'as its endpoint');
my $kept = join('', map { slurp($_) } glob(scratch() . '/odd/*'));
like($kept, qr/"status":204/, 'with its status');
unlike($kept, qr/planted0/, 'and without what a mapped header kept secret');

$ran = seep('import', $odd, '-o', scratch() . '/none');
is($ran->{exit}, 200, 'without them it has no known format');
for (['staus=/rc', "--key staus: unknown field (did you mean 'status'?)"], ['status=rc', "starts with '/'"],
    ['status', 'FIELD=POINTER']) {
    $ran = seep('import', $odd, '-o', scratch() . '/none', '--key', $_->[0]);
    is($ran->{exit}, 200, "--key $_->[0] is refused");
    like($ran->{err}, qr/^seep: .*\Q$_->[1]\E.*\n\z/, 'in one line that says what would be right');
}
done_testing();
