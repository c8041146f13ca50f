#!/usr/bin/env perl
# Pages of suspects in a real headless Chromium: of 6 instances, of 200, of names that would like to be markup, and of
# nothing that is known. Made by build/browser/pages. Skipped without chromium; what axe-core says without npm or its registry.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use JSON::PP qw(decode_json);
use Test::More;
use lib dirname(__FILE__);
use Chromium;
use Page;

my $root = abs_path(dirname(__FILE__) . '/../..');
my $build = abs_path($ENV{BUILD} // "$root/build");
plan skip_all => 'no chromium' if !Chromium::path();
plan skip_all => "no $build/browser/pages (make test-browser builds it)" if !-x "$build/browser/pages";
my $scratch = tempdir('seep-suspects-XXXXXX', TMPDIR => 1, CLEANUP => 1);
is(system("$build/browser/pages", 'suspects', $scratch), 0, 'pages');
my %page = map { $_ => "$scratch/$_.html" } qw(suspects many strange nothing);

my $chromium = browser();
looks_right_everywhere($_, $page{$_}, /^(?:many|strange)$/) for sort keys %page;

subtest 'what is drawn' => sub {
    my $tab = $chromium->page("file://$page{suspects}", 1100);
    is(value($tab, "document.querySelectorAll('.panels > div').length"), 6, 'a panel for each instance');
    is(value($tab, "document.querySelectorAll('.panels .plot').length"), 12, 'memory, and requests beneath');
    my @lefts = @{decode_json(value($tab, <<'JS'))};
JSON.stringify([...document.querySelectorAll('.panels > div')].map(panel => new Set([...panel.querySelectorAll('.area')].map(a => {
const box = a.getBoundingClientRect(); return box.left + ' ' + box.width; })).size))
JS
    is_deeply(\@lefts, [(1) x 6], 'on one axis');
    cmp_ok(value($tab, "document.querySelectorAll('.rs.$_').length"), '>=', 1, "restarts: $_") for qw(memory deploy other);
    isnt(value($tab, "getComputedStyle(document.querySelector('.rs.memory')).strokeDasharray"),
        value($tab, "getComputedStyle(document.querySelector('.rs.$_')).strokeDasharray"), "not by colour alone: $_") for qw(deploy other);
    is(value($tab, "document.querySelectorAll('.ends .erow .pd').length"), 4, 'two shares that are known, idle and busy');
    is(value($tab, "document.querySelectorAll('.erow.grows').length + ' ' + document.querySelectorAll('.erow.open').length"), '1 1',
        'one that is sure, one that is not');
    is(value($tab, "document.querySelectorAll('.panels path.fit').length"), 6, 'what the suspects add');
    cmp_ok(value($tab, "document.querySelector('.panels path.fit').getBoundingClientRect().height"), '>', 20, 'which rises');
    value($tab, "document.querySelector('li[data-layer=restart-deploy] button').click()");
    is(value($tab, "[...document.querySelectorAll('.rs.deploy')].filter(e => getComputedStyle(e).display !== 'none').length"), 1,
        'a kind of restart can be hidden, but for its legend');
    is(value($tab, <<'JS'), '', 'every row of a table has as many cells as its head');
[...document.querySelectorAll('table')].filter(table => [...table.rows].some(row => row.className !== 'h' &&
row.cells.length !== table.tHead.rows[0].cells.length)).map(table => table.parentNode.getAttribute('aria-label')).join()
JS
    is(value($tab, "[...document.querySelectorAll('.wide')].filter(e => e.clientWidth && e.scrollWidth > e.clientWidth).map(e => e.getAttribute('aria-label')).join()"),
        '', 'tables fit a desktop');
    is_quiet('suspects, shown');
};

subtest 'values, zoom' => sub {
    my $tab = $chromium->page("file://$page{suspects}", 1100);
    my $tip = "(document.querySelector('.tip') && !document.querySelector('.tip').hidden ? document.querySelector('.tip').innerText : '')";
    value($tab, "document.querySelector('.plot').focus()");
    $chromium->key($tab, 'End');
    my $row = value($tab, <<'JS');
(() => { const line = [...document.querySelector('.plot').querySelectorAll('[data-t]')].at(-1);
return [...document.getElementById(line.dataset.t).rows].at(-1).cells[2].textContent; })()
JS
    like(value($tab, $tip), qr/shop-7c9-x\d.*value \Q$row\E/s, 'the last value of the table, of an instance that is named');
    $chromium->key($tab, '+');
    is(value($tab, "new Set([...document.querySelectorAll('.plot .in')].map(e => e.getAttribute('viewBox').split(' ')[2])).size"), 1,
        'all panels are zoomed together');
    is(value($tab, "Math.round(document.querySelector('.plot .in').getAttribute('viewBox').split(' ')[2])"), 500, 'by half');
    value($tab, "document.querySelector('.ends .rows').focus()");
    $chromium->key($tab, 'ArrowDown');
    like(value($tab, $tip), qr/^GET \/quote\/\{sku\}: 40\.3 B per request \(38\.1 to 42\.2\), 86 % of the growth/, 'a suspect says all of it');
    is_quiet('suspects, moved about');
};

subtest 'many instances' => sub {
    my $tab = $chromium->page("file://$page{many}", 1100);
    is(value($tab, "document.querySelectorAll('.panels > div').length"), 8, 'eight are drawn');
    like(value($tab, 'document.body.innerText'), qr/The 8 of 200 instances that reach their limit first/, 'which is said');
    is(value($tab, "document.querySelectorAll('[aria-label=Instances] tbody tr').length"), 200, 'a row for each');
    cmp_ok(-s $page{many}, '<', 1_000_000, 'less than 1 MB');
};

subtest 'without scripts' => sub {
    my (undef, $tab) = $chromium->tab('about:blank');
    $chromium->call('Emulation.setScriptExecutionDisabled', {value => JSON::PP::true}, $tab);
    $chromium->call('Page.enable', {}, $tab);
    $chromium->call('Page.navigate', {url => "file://$page{suspects}"}, $tab);
    select undef, undef, undef, 1;
    my $html = $chromium->call('DOM.getDocument', {depth => 0}, $tab);
    my $count = sub {
        return scalar @{$chromium->call('DOM.querySelectorAll', {nodeId => $html->{root}{nodeId}, selector => $_[0]}, $tab)->{nodeIds}};
    };
    is($count->('html.live'), 0, 'none ran');
    is($count->('svg.area[role=img]'), 12, 'plots are there');
    is($count->('details .numbers tbody[id]'), 18, 'and their tables');
    cmp_ok($count->('line.rs > title'), '>', 5, 'restarts say when they were');
};

subtest 'names stay text' => sub {
    my $tab = $chromium->page("file://$page{strange}", 1100);
    my $text = value($tab, 'document.body.innerText');
    like($text, qr/<script>alert\(1\)<\/script><img src=x onerror=alert\(1\)>/, 'as they are');
    like($text, qr/\\x01\\x1b\[31m\\xff\\xfe\\u\{202E\}/i, 'what cannot be seen is spelt');
    unlike($text, qr/[\x00-\x08\x0b\x0c\x0e-\x1f\x{202e}]/, 'nothing of it raw');
    is(value($tab, 'document.querySelectorAll("script").length'), 1, 'and no element of it');
    is_quiet('strange');
};
done_testing();
