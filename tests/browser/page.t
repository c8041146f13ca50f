#!/usr/bin/env perl
# Pages in a real headless Chromium: of a hunt, of one whose driver died, of a soak of a day, of a run whose names would
# like to be markup, and of a comparison; and the demo's, where there is one. Made by build/browser/pages and seep.
# Skipped without chromium; what axe-core says without npm or its registry.
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
my $seep = $ENV{SEEP} // "$build/seep";
plan skip_all => 'no chromium' if !Chromium::path();
plan skip_all => "no $build/browser/pages (make test-browser builds it)" if !-x "$build/browser/pages";
my $scratch = tempdir('seep-page-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $db = "$scratch/seep.db";
system("$build/browser/pages", $db) == 0 or die 'pages';
my %page = (hunt => 1, cut => 2, day => 3, hostile => 4);
for my $name (keys %page) {
    my $file = "$scratch/$name.html";
    is(system($seep, '--db', $db, 'report', $page{$name}, '--html', $file, $name eq 'hunt' ? ('--csv', "$scratch/csv") : ()), 0,
        "$name: seep report");
    $page{$name} = $file;
}
system("$seep --db $db compare 1 5 --html $scratch/compare.html >/dev/null");
$page{compare} = "$scratch/compare.html";
$page{demo} = "$root/results/demo.html" if -e "$root/results/demo.html" && -M _ < -M "$build/seep";

my $chromium = browser();

for my $name (sort keys %page) {
    looks_right_everywhere($name, $page{$name}, $name =~ /^(?:day|cut|demo)$/); # the rows are those of the others
}

subtest 'the points are those of the store' => sub {
    my $tab = $chromium->page("file://$page{hunt}", 1100);
    my %settled;
    open my $csv, '<', "$scratch/csv/samples.csv" or die;
    my @names = split /,/, <$csv> =~ s/\s+\z//r;
    while (<$csv>) {
        my %row;
        @row{@names} = split /,/, s/\s+\z//r;
        $settled{$row{signal}}++ if $row{kind} eq 'settled';
    }
    cmp_ok($settled{live_objects}, '>', 50, 'the store has readings');
    is(value($tab, "document.querySelectorAll('figure')[0].querySelectorAll('g > circle.dot').length"),
        $settled{live_objects} + $settled{rss}, 'a dot for each over time');
    is(value($tab, "document.querySelectorAll('figure')[1].querySelectorAll('g > circle.dot').length"), $settled{live_objects},
        'and over requests');
    is(value($tab, "document.querySelectorAll('figure')[0].querySelectorAll('tbody[id\$=s] tr:not([class])').length"),
        $settled{live_objects} + $settled{rss}, 'a row for each');
    open my $blocks, '<', "$scratch/csv/blocks.csv" or die;
    my $count = () = <$blocks>;
    is(value($tab, "document.querySelectorAll('.hunt rect.bar').length"), $count - 1, 'a bar for each block');
    cmp_ok(value($tab, "document.querySelectorAll('.fit').length"), '>=', 3, 'the growth that was measured is drawn');
    cmp_ok(value($tab, "document.querySelectorAll('.ans.growth').length"), '>=', 1, 'trials say what they came to');
};

subtest 'values under the pointer and under arrow keys' => sub {
    my $tab = $chromium->page("file://$page{hunt}", 1100);
    my $tip = "(document.querySelector('.tip') && !document.querySelector('.tip').hidden ? document.querySelector('.tip').innerText : '')";
    value($tab, "document.querySelector('.plot').scrollIntoView({block: 'center'})");
    my $box = decode_json(value($tab, "JSON.stringify(document.querySelector('.plot .area').getBoundingClientRect())"));
    my @middle = ($box->{x} + $box->{width} / 2, $box->{y} + 60);
    is(value($tab, $tip), '', 'nothing before');
    $chromium->mouse($tab, 'mouseMoved', @middle);
    like(value($tab, $tip), qr/^(?=.*live_objects, trial \d)(?=.*\bat [\d.]+ (?:s|ms))(?=.*requests [\d,]+)(?=.*value [\d,]+)/s, 'hover');
    is(value($tab, "document.querySelectorAll('.cross').length"), 2, 'with a mark');
    my ($value) = value($tab, $tip) =~ /value ([\d,]+)/;
    ok(value($tab, "[...document.querySelectorAll('figure')[0].querySelectorAll('td')].some(cell => cell.textContent === '$value')"),
        'it is one of the table');
    $chromium->mouse($tab, 'mouseMoved', 5, 5);
    is(value($tab, $tip), '', 'gone with the pointer');

    value($tab, "document.querySelector('.plot').focus()");
    $chromium->key($tab, $_) for qw(Tab);
    value($tab, "document.querySelector('.plot').focus()");
    isnt(value($tab, "getComputedStyle(document.querySelector('.plot')).outlineStyle"), 'none', 'focus is seen');
    my @rows = @{decode_json(value($tab, <<'JS'))};
(() => { const shape = document.querySelector('.plot [data-t]'), rows = [...document.getElementById(shape.dataset.t).rows];
return JSON.stringify(rows.filter(row => !row.className).slice(0, 3).map(row => row.cells[2].textContent)); })()
JS
    $chromium->key($tab, 'Home');
    like(value($tab, $tip), qr/value \Q$rows[0]\E/, 'home');
    $chromium->key($tab, 'ArrowRight');
    like(value($tab, $tip), qr/value \Q$rows[1]\E/, 'right');
    $chromium->key($tab, 'ArrowLeft');
    like(value($tab, $tip), qr/value \Q$rows[0]\E/, 'left');
    like(value($tab, "document.querySelector('.said').textContent"), qr/value \Q$rows[0]\E/, 'and said aloud');
    my $said = value($tab, $tip);
    $chromium->key($tab, 'ArrowDown');
    isnt(value($tab, $tip), $said, 'down: the next line');

    my $view = "document.querySelector('.plot .in').getAttribute('viewBox').split(' ').map(Number)[2]";
    is(value($tab, $view), 1000, 'all of it');
    $chromium->key($tab, '+');
    is(value($tab, $view), 500, 'plus: half of it');
    is(value($tab, "document.querySelectorAll('.plot .in')[1].getAttribute('viewBox').split(' ')[2]"), 500, 'in plots of the same axis');
    cmp_ok(value($tab, "document.querySelectorAll('figure')[0].querySelectorAll('.xa text').length"), '>=', 3, 'with ticks');
    $chromium->key($tab, '0');
    is(value($tab, $view), 1000, '0: all of it');
    $box = decode_json(value($tab, "JSON.stringify(document.querySelector('.plot .area').getBoundingClientRect())"));
    $chromium->mouse($tab, 'mousePressed', $box->{x} + $box->{width} * 0.25, $box->{y} + 60);
    $chromium->mouse($tab, 'mouseMoved', $box->{x} + $box->{width} * 0.4, $box->{y} + 60);
    $chromium->mouse($tab, 'mouseReleased', $box->{x} + $box->{width} * 0.5, $box->{y} + 60);
    my $part = value($tab, $view);
    ok($part > 240 && $part < 260, "dragged: a quarter ($part)");
    ok(value($tab, "!document.querySelector('.back').hidden"), 'a button shows all');
    value($tab, "document.querySelector('.back').click()");
    is(value($tab, $view), 1000, 'and does');

    my @over = ($box->{x} + $box->{width} / 2, $box->{y} + 60);
    value($tab, 'document.activeElement.blur()');
    $chromium->wheel($tab, @over, -40);
    is(value($tab, $view), 1000, 'a wheel scrolls the page');
    $box = decode_json(value($tab, "JSON.stringify(document.querySelector('.plot .area').getBoundingClientRect())"));
    @over = ($box->{x} + $box->{width} / 2, $box->{y} + 60);
    value($tab, "document.querySelector('.plot').focus()");
    $chromium->wheel($tab, @over, -40);
    $chromium->wait_for($tab, "$view < 1000");
    ok(1, 'and zooms a plot that was chosen');
    $chromium->key($tab, 'Escape');
    is(value($tab, $view), 1000, 'escape: all of it');

    my $shown = "[...document.querySelectorAll('figure')[0].querySelectorAll('[data-l=settled]')].filter(e => getComputedStyle(e).display !== 'none').length";
    cmp_ok(value($tab, $shown), '>', 0, 'settled readings are drawn');
    value($tab, "document.querySelector('li[data-layer=settled] button').click()");
    is(value($tab, $shown), 0, 'until they are hidden');
    is(value($tab, "document.querySelector('li[data-layer=settled] button').getAttribute('aria-pressed')"), 'false', 'which is said');
    value($tab, "document.querySelector('.ends .rows').focus()");
    $chromium->key($tab, 'ArrowDown');
    like(value($tab, $tip), qr/1\.00 objects \(/, 'rows have values under arrow keys as well');
    is_quiet('moved about');
};

subtest 'without scripts' => sub {
    my (undef, $tab) = $chromium->tab('about:blank');
    $chromium->call('Emulation.setScriptExecutionDisabled', {value => JSON::PP::true}, $tab);
    $chromium->call('Page.enable', {}, $tab);
    $chromium->call('Page.navigate', {url => "file://$page{hunt}"}, $tab);
    select undef, undef, undef, 1;
    my $html = $chromium->call('DOM.getDocument', {depth => 0}, $tab);
    my $count = sub {
        return scalar @{$chromium->call('DOM.querySelectorAll', {nodeId => $html->{root}{nodeId}, selector => $_[0]}, $tab)->{nodeIds}};
    };
    is($count->('html.live'), 0, 'none ran');
    cmp_ok($count->('svg.area[role=img]'), '>', 5, 'plots are there');
    cmp_ok($count->('details table'), '>', 3, 'and their tables');
    cmp_ok($count->('circle.dot > title'), '>', 50, 'dots say their values');
};

subtest 'names stay text' => sub {
    my $tab = $chromium->page("file://$page{hostile}", 1100);
    my $text = value($tab, 'document.body.innerText');
    like($text, qr/<script>alert\(1\)<\/script><img src=x onerror=alert\(1\)>/, 'as they are');
    like($text, qr/\\x01\\x1b\[31m\\xff\\xfe\\u\{202E\}/i, 'what cannot be seen is spelt');
    like($text, qr/&amp;\$\{x\}`--><!--/, 'entities too');
    unlike($text, qr/[\x00-\x08\x0b\x0c\x0e-\x1f\x{202e}]/, 'nothing of it raw');
    $chromium->wait_for($tab, '1');
    value($tab, "document.querySelector('.plot').focus()");
    $chromium->key($tab, 'ArrowRight');
    like(value($tab, "document.querySelector('.tip').textContent"), qr/<script>alert/, 'in what a script shows as well');
    is(value($tab, 'document.querySelectorAll("script").length'), 1, 'and no element of it');
    is_quiet('hostile');
};

subtest 'a recording and a server that would like to be markup' => sub {
    my $directory = "$scratch/hostile";
    my @paths = ('/a', '?q=\\x22\'><img/src=x/onerror=alert(5)>', "/</title></style>--><!--\xe2\x80\xae");
    open my $log, '>:raw', "$scratch/access.log" or die;
    printf $log qq{127.0.0.1 - - [01/May/2024:03:12:%02d +0000] "GET /<script>alert(1)</script>%s HTTP/1.1" 200 25 "-" "</style>"\n},
        $_ % 60, $paths[$_ % 3] for 1 .. 60;
    close $log;
    is(system("$seep import $scratch/access.log -o $directory >/dev/null 2>&1"), 0, 'imported');
    open my $service, '>', "$directory/service.yaml" or die;
    print $service 'target: http://127.0.0.1:${PORT}', "\nallow: [127.0.0.1]\n",
        "start: {command: [/usr/bin/python3, $root/tests/browser/hostile.py, \"\${PORT}\"]}\n";
    close $service;
    my $code = system("timeout 60 $seep --db $db run $directory --connections 2 --requests 2000 --label '</title><script>x</script>' "
        . "--html $scratch/served.html >/dev/null 2>&1") >> 8;
    is($code, 125, 'the server died');
    my $tab = $chromium->page("file://$scratch/served.html", 1100);
    my $text = value($tab, 'document.body.innerText');
    like($text, qr{GET /<script>alert\(1\)</script>}, 'endpoints are text');
    like($text, qr{</script><script>alert\(3\)</script>\S*\\u\{202e\}}i, 'so are its last words');
    like(value($tab, 'document.title'), qr/seep run/, 'and the title is one');
    is(value($tab, 'document.querySelectorAll("script").length'), 1, 'no element of it');
    for my $width (360, 1100) {
        $chromium->size($tab, $width);
        looks_right('served', $tab, $width);
    }
    is_quiet('served');
};

subtest 'a day' => sub {
    my $size = -s $page{day};
    cmp_ok($size, '<', 3_000_000, 'less than 3 MB');
    my $tab = $chromium->page("file://$page{day}", 1100);
    my $ms = value($tab, 'performance.getEntriesByType("navigation")[0].loadEventEnd');
    diag(sprintf 'a day: %d bytes, loaded and started in %d ms', $size, $ms);
    is(value($tab, "document.querySelectorAll('.gap').length > 0"), JSON::PP::true, 'its gap is marked');
    is(value($tab, "document.querySelectorAll('.new').length > 0"), JSON::PP::true, 'and the process that came at noon');
    is(value($tab, "document.querySelectorAll('.sh.k-warm_up').length > 0"), JSON::PP::true, 'and warming up');
    is(value($tab, "[...document.querySelectorAll('h2')].find(h => /Latency per endpoint/.test(h.textContent)).parentNode.querySelectorAll('.erow .en').length"),
        200, 'a row for each endpoint');
};
done_testing();
