#!/usr/bin/env perl
# The page in a real headless Chromium: nothing on the console, no sideways scrolling on a phone, plots where they belong.
# Takes the page as its argument, or $PAGE (default results/demo.html). Skipped without chromium or a page.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use Test::More;

my $page = $ARGV[0] // $ENV{PAGE} // dirname(__FILE__) . '/../../results/demo.html';
my ($chromium) = grep { -x } map { ("$_/chromium", "$_/chromium-browser", "$_/google-chrome") } split /:/, $ENV{PATH};
plan skip_all => 'no chromium' if !$chromium;
plan skip_all => "no page $page (make demo makes one)" if !-e $page;
$page = abs_path($page);
my $scratch = tempdir('seep-browser-XXXXXX', TMPDIR => 1, CLEANUP => 1);

# Loads a page; returns (document, log). The wrapper reads the page in a frame: hence one origin for all files.
sub load {
    my ($url, @more) = @_;
    my @command = ($chromium, qw(--headless --no-sandbox --disable-gpu --disable-background-networking
        --disable-component-update --disable-sync --no-first-run --allow-file-access-from-files
        --enable-logging=stderr --virtual-time-budget=4000), "--user-data-dir=$scratch/profile", @more, '--dump-dom', $url);
    my $pid = open(my $out, '-|') // die "fork: $!";
    if ($pid == 0) {
        open STDERR, '>', "$scratch/log";
        exec 'timeout', '60', @command or POSIX::_exit(127);
    }
    local $/;
    my $document = <$out> // '';
    close $out;
    open my $log, '<', "$scratch/log" or return ($document, '');
    return ($document, <$log> // '');
}

sub measure { # [width of the frame] -> what the frame's document measures
    my ($width) = @_;
    open my $file, '>', "$scratch/frame.html" or die;
    print $file <<"HTML";
<!doctype html><body><iframe id=f width=$width height=900 src="file://$page"></iframe><script>
f.onload = () => { const d = f.contentDocument, e = d.documentElement, box = s => [...d.querySelectorAll(s)];
const out = {scroll: e.scrollWidth, client: e.clientWidth, plots: box('svg.area[role=img]').length,
flat: box('svg.area').filter(s => s.getBoundingClientRect().width < 60).length,
dots: box('circle.dot').length, titles: box('circle.dot > title').length,
bad: box('path').filter(p => /NaN|Infinity/.test(p.getAttribute('d'))).length,
named: box('svg[role=img]').filter(s => !s.getAttribute('aria-label')).length, h1: box('h1').length,
scripts: box('script').length, outside: performance.getEntriesByType('resource').filter(r => !/^file:|^data:/.test(r.name)).length};
document.title = JSON.stringify(out); };
</script></body>
HTML
    close $file;
    my ($document) = load("file://$scratch/frame.html");
    my ($title) = $document =~ m{<title>(.*?)</title>};
    require JSON::PP;
    return JSON::PP::decode_json($title // '{}');
}

my (undef, $log) = load("file://$page");
my @console = grep { /CONSOLE/ } split /\n/, $log;
is_deeply(\@console, [], 'nothing on the console');
for my $width (360, 1100) {
    my $seen = measure($width);
    ok($seen->{client}, "it loads at $width pixels") or next;
    cmp_ok($seen->{scroll}, '<=', $seen->{client}, 'no sideways scrolling');
    cmp_ok($seen->{plots}, '>=', 1, 'plots are there');
    is($seen->{flat}, 0, 'none of them is squeezed');
    is($seen->{titles}, $seen->{dots}, 'every dot says its value');
    is($seen->{$_}, 0, $_ eq 'bad' ? 'lines are numbers' : $_ eq 'named' ? 'plots have names' : "no $_")
        for qw(bad named scripts outside);
    is($seen->{h1}, 1, 'one heading');
}
done_testing();
