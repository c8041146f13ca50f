#!/usr/bin/env perl
# The page that follows a run, in a real headless Chromium: it moves, it asks nobody else, and it ends with the verdict.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../cli";
use JSON::PP;
use Test::More;
use Chromium;
use Seep;

plan skip_all => 'no chromium' if !Chromium::path();

# Starts a run of the pricing service, and a tab on its page that remembers what was said on its console.
my $service = copy_service('pricing');
my $job = begin({name => 'live', env => {LEAK => 'on'}}, 'run', $service, '--db', scratch() . '/seep.db', '--json', scratch() . '/live.json',
    '-e', 'GET /quote/{slug}', '--connections', '2', '--duration', '10s', '--no-early-stop', '--hold', '2s',
    '--label', q(<img src=x onerror="document.title='owned'">), '--live', '0');
my $port;
for (1 .. 500) {
    last if ($port) = slurp("$job->{base}.err") =~ m{live: http://127\.0\.0\.1:(\d+)/};
    select undef, undef, undef, 0.02;
}
my $chromium = Chromium->start;
my ($target, $tab) = $chromium->tab('about:blank');
$chromium->call($_, {}, $tab) for qw(Runtime.enable Log.enable Network.enable Page.enable);
$chromium->call('Emulation.setDeviceMetricsOverride', {width => 360, height => 800, deviceScaleFactor => 1, mobile => JSON::PP::true}, $tab);
$chromium->call('Page.addScriptToEvaluateOnNewDocument', {source => <<'JS'}, $tab);
window.complaints = [];
for (const name of ['error', 'warn']) console[name] = (...words) => complaints.push(words.join(' '));
addEventListener('error', event => complaints.push(event.message));
addEventListener('securitypolicyviolation', event => complaints.push('policy: ' + event.blockedURI));
JS
$chromium->call('Page.navigate', {url => "http://127.0.0.1:$port/"}, $tab);

my $points = q{[...document.querySelectorAll('svg[data-signal=rss] path')].reduce((sum, p) => sum + (p.getAttribute('d').match(/[ML]/g) || []).length, 0)};
my $requests = q{(() => { const of = [...document.querySelectorAll('#key div')].find(d => d.firstChild.textContent === 'requests');
    return of ? Number(of.lastChild.textContent.replace(/,/g, '')) || 0 : 0; })()};
ok($chromium->wait_for($tab, "$points > 5 && $requests > 0"), 'it follows: memory and requests are there');
my ($first, $sent) = map { $chromium->value($tab, $_) } $points, $requests;
ok($chromium->wait_for($tab, "$points > $first && $requests > $sent"), 'and both move');
is($chromium->value($tab, q{getComputedStyle(document.body).backgroundColor}), 'rgb(255, 255, 255)', 'light');
$chromium->call('Emulation.setEmulatedMedia', {features => [{name => 'prefers-color-scheme', value => 'dark'}]}, $tab);
isnt($chromium->value($tab, q{getComputedStyle(document.body).backgroundColor}), 'rgb(255, 255, 255)', 'or dark, as the reader prefers');
cmp_ok($chromium->value($tab, 'document.documentElement.scrollWidth'), '<=', 360, 'no sideways scrolling on a phone');
$chromium->value($tab, q{document.querySelector('svg').focus(), document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowLeft'})), 1});
like($chromium->value($tab, q{document.querySelector('figcaption').textContent}), qr/ at \d+ s/, 'a value by the keyboard');
ok($chromium->wait_for($tab, q{/^(GROWTH|NO GROWTH|INCONCLUSIVE): /.test(document.getElementById('answer').textContent)}), 'the verdict appears');
my $result = gather($job)->{result};
my %said = (growth => 'GROWTH', no_growth => 'NO GROWTH', inconclusive => 'INCONCLUSIVE');
SKIP: {
    skip 'no axe-core: no npm, or no registry', 2 if !Chromium::axe();
    for my $scheme (qw(light dark)) {
        $chromium->call('Emulation.setEmulatedMedia', {features => [{name => 'prefers-color-scheme', value => $scheme}]}, $tab);
        my @serious = grep { $_->[0] =~ /serious|critical/ } @{$chromium->axe_says($tab)->{violations}};
        is_deeply(\@serious, [], "$scheme: axe-core finds nothing serious") or diag(encode_json(\@serious));
    }
}
like($chromium->value($tab, q{document.getElementById('answer').textContent}), qr/^$said{$result->{verdict}}: /, 'that of the run');
is($chromium->value($tab, $requests), $result->{requests}, 'with all its requests');
like($chromium->value($tab, q{document.getElementById('title').textContent}), qr/<img src=x onerror=/, 'a label is text');
is($chromium->value($tab, q{document.querySelectorAll('img').length}), 0, 'and no markup');
select undef, undef, undef, 0.5; # a reconnect would be now
is_deeply(decode_json($chromium->value($tab, 'JSON.stringify(complaints)')), [], 'nothing on the console');
my $elsewhere = $chromium->value($tab, q{performance.getEntriesByType('resource').map(r => r.name).filter(n => !n.startsWith(location.origin + '/') && !n.startsWith('data:')).join()});
is($elsewhere, '', 'nobody else is asked');
done_testing();
