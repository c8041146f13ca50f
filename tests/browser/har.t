#!/usr/bin/env perl
# A HAR that a real Chromium saved of a page of the pricing service: each entry is imported or counted under its reason, and
# the replay gets the statuses that the browser got, by the server's own log. Skipped without chromium or the service.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../cli";
use Encode qw(encode_utf8);
use JSON::PP;
use Test::More;
use Chromium;
use Seep;

plan skip_all => 'no chromium' if !Chromium::path();
plan skip_all => 'no gunicorn or Flask' if system('/usr/bin/python3 -c "import gunicorn, flask" 2>/dev/null') != 0;

my $pricing = root() . '/docker/staging/pricing';
my $port = free_port();
$ENV{LEAK} = 'off';
start_server($port, $pricing, qw(/usr/bin/python3 -m gunicorn -w 1 -b), "127.0.0.1:$port", 'app:app');

my $chromium = Chromium->start;
my ($tab, $tools) = $chromium->watched_tab;
$chromium->call('Page.navigate', {url => "http://127.0.0.1:$port/products?category=books"}, $tab);
$chromium->wait_for($tab, 'document.readyState == "complete" && location.pathname == "/products"');
my $asked = $chromium->value($tab, <<'JS');
(async () => {
const json = body => ({method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(body)});
const asked = [];
const ask = async (url, options) => { asked.push((await fetch(url, options)).status); };
await ask('/quote/KB-14592?currency=JPY&qty=2');
await ask('/search?q=caf%C3%A9&limit=5');
await ask('/session/login', json({user: 'jo', password: 'made-up'}));
await ask('/cart/7/items', json({sku: 'KB-14592', quantity: 2}));
await ask('/hook', {method: 'POST', body: new URLSearchParams({event: 'a b', note: 'x&y'})});
await ask('/nowhere', {method: 'HEAD'});
await ask('data:text/plain,x');
await new Promise(done => { const image = new Image(); image.onload = image.onerror = done; image.src = '/missing.png'; });
return asked;
})()
JS
my $har;
for (1 .. 50) { # the last entries are there when their answers are whole
    $har = decode_json(encode_utf8($chromium->har($tools)));
    last if (grep { $_->{request}{url} =~ /missing\.png/ && $_->{response}{status} == 404 } @{$har->{log}{entries}});
    select undef, undef, undef, 0.1;
}
undef $chromium;

my @entries = grep { $_->{request}{url} =~ /^http:/ } @{$har->{log}{entries}};
my $other = @{$har->{log}{entries}} - @entries;
cmp_ok(scalar @entries, '>=', 8, 'the browser saved what it asked for') or diag(encode_json([map { $_->{request}{url} } @entries]));
my %seen;
$seen{"$_->{request}{method} " . $_->{request}{url} =~ s{^http://[^/]*}{}r}{$_->{response}{status}}++ for @entries;
my $directory = scratch() . '/saved';
my $file = spit(scratch() . '/saved.har', encode_json($har));
my $ran = seep('import', $file, '-o', $directory, '--json', scratch() . '/import.json', '--show-skipped');
is($ran->{exit}, 0, 'it imports') or diag($ran->{err});
my $imported = json(scratch() . '/import.json');
is($imported->{imported}, scalar @entries, 'each of them') or diag($ran->{err});
is_deeply($imported->{skipped}, $other ? {'not HTTP' => $other} : {}, 'what is no HTTP is counted so');
unlike(join('', map { slurp($_) } glob("$directory/*")), qr/made-up/, 'and no password is kept');

my $log = scratch() . '/access.log';
spit("$directory/service.yaml", <<"YAML");
target: http://127.0.0.1:\${PORT}
allow: [127.0.0.1]
start:
  command: [/usr/bin/python3, -m, gunicorn, -w, "1", -b, "127.0.0.1:\${PORT}", --access-logfile, $log, "app:app"]
  directory: $pricing
  environment: {LEAK: "off"}
ready: GET /health
agent: none
load: {connections: 1}
YAML
$ran = seep('run', $directory, '--requests', scalar @entries, '--json', scratch() . '/run.json', '--db', scratch() . '/seep.db');
my $result = json(scratch() . '/run.json');
is($result->{replay}{done}, scalar @entries, 'all are replayed') or diag($ran->{out}, $ran->{err});
is($result->{replay}{failed}, 0, 'and none fails');
my $told = slurp($log);
my %again;
while ($told =~ m{"(\S+ \S+) HTTP/1\.\d" (\d+) }g) {
    $again{$1}{$2}++ if $1 ne 'GET /health';
}
is_deeply(\%again, \%seen, 'the server gave the statuses that the browser got') or diag($told);
done_testing();
