# What is asked of every page in a headless Chromium: its own parts only, no request, in every width, light, dark and
# printed, and what axe-core says.
package Page;
use strict;
use warnings;
use Exporter qw(import);
use File::Basename qw(dirname);
use JSON::PP qw(decode_json encode_json);
use Test::More;
use lib dirname(__FILE__);
use Chromium;

our @EXPORT = qw(browser value looks_right looks_right_everywhere is_quiet);

my ($chromium, $axe);

sub browser {
    $chromium = Chromium->start;
    $axe = Chromium::axe();
    diag('no axe-core: no npm, or no registry') if !$axe;
    return $chromium;
}

sub value { my ($tab, $expression) = @_; return $chromium->value($tab, $expression) }

# What a page says of itself.
sub measure {
    my ($tab) = @_;
    return decode_json(value($tab, <<'JS'));
(() => { const e = document.documentElement, box = s => [...document.querySelectorAll(s)];
const wide = box('body *').filter(x => x.getBoundingClientRect().right > e.clientWidth + 1 && !x.closest('.wide, pre, .said, svg'));
return JSON.stringify({scroll: e.scrollWidth, client: e.clientWidth, wide: wide.slice(0, 3).map(x => x.outerHTML.slice(0, 90)),
plots: box('svg.area[role=img]').length, unnamed: box('svg[role=img]').filter(s => !s.getAttribute('aria-label')).length,
flat: box('svg.area').filter(s => s.getClientRects().length && s.getBoundingClientRect().width < 60).length,
bad: box('path, polyline, polygon, rect, circle, line').filter(p => /NaN|Infinity|undefined/.test(p.outerHTML.split('>')[0])).length,
scripts: box('script').length, styles: box('style').length, images: box('img, iframe, object, link[rel=stylesheet]').length,
handlers: box('*').filter(x => [...x.attributes].some(a => /^on|^style$/.test(a.name))).length - box('.tip').length,
h1: box('h1').length, live: e.classList.contains('live'), lang: e.lang, main: box('main').length,
levels: box('h1, h2, h3').map(h => +h.tagName[1]),
uneven: box('[data-t]').filter(shape => { const body = document.getElementById(shape.dataset.t);
    const drawn = shape.tagName === 'path' ? shape.getAttribute('d').match(/[ML]/g).length : shape.querySelectorAll('circle').length;
    return !body || [...body.rows].filter(row => !row.className).length !== drawn; }).length,
lines: box('[data-t]').length, details: box('details').length}); })()
JS
}

sub looks_right {
    my ($name, $tab, $width) = @_;
    my $seen = measure($tab);
    is($seen->{scroll}, $seen->{client}, "$name at $width: no sideways scrolling") or diag("@{$seen->{wide}}");
    is_deeply([@$seen{qw(scripts styles images handlers h1 main)}], [1, 1, 0, 0, 1, 1], "$name at $width: its own parts only");
    is_deeply([@$seen{qw(unnamed flat bad)}], [0, 0, 0], "$name at $width: plots have names, width and numbers");
    is($seen->{uneven}, 0, "$name at $width: every line has as many rows as points");
    ok($seen->{live}, "$name at $width: the script ran through");
    my ($last, $jumps) = (0, 0);
    for (@{$seen->{levels}}) { $jumps++ if $_ > $last + 1; $last = $_ }
    is($jumps, 0, "$name at $width: headings in order");
    return $seen;
}

sub is_quiet {
    my ($name) = @_;
    my @said = map { encode_json($_->{params}) } $chromium->events('Runtime.exceptionThrown', 'Runtime.consoleAPICalled', 'Log.entryAdded');
    is_deeply(\@said, [], "$name: nothing on the console");
    my @asked = grep { !m{^(?:file|data):} } map { $_->{params}{request}{url} } $chromium->events('Network.requestWillBeSent');
    is_deeply(\@asked, [], "$name: no request");
}

sub is_accessible {
    my ($name, $tab) = @_;
    for my $scheme (qw(light dark)) {
        $chromium->media($tab, 'screen', $scheme);
        my $found = $chromium->axe_says($tab);
        my @serious = grep { $_->[0] =~ /serious|critical/ } @{$found->{violations}};
        cmp_ok($found->{passes}, '>', 10, "$name, $scheme: axe-core ran");
        is_deeply(\@serious, [], "$name, $scheme: nothing serious") or diag(encode_json(\@serious));
        diag("$name, $scheme: axe-core $_->[0] $_->[1] x$_->[2]") for grep { $_->[0] !~ /serious|critical/ } @{$found->{violations}};
    }
}

# A page in a tab of its own, at each width, scheme and on paper; `folded`: axe-core does not look into what is folded away.
sub looks_right_everywhere {
    my ($name, $file, $folded) = @_;
    $chromium->events('Network.requestWillBeSent', 'Log.entryAdded');
    my $tab = $chromium->page("file://$file", 1100);
    for my $scheme (qw(light dark)) {
        $chromium->media($tab, 'screen', $scheme);
        my ($ink, $paper) = map { value($tab, "getComputedStyle(document.body).$_") } qw(color backgroundColor);
        my $sum = sub { my $n = 0; $n += $_ for $_[0] =~ /(\d+)/g; return $n };
        ok($scheme eq 'dark' ? $sum->($ink) > $sum->($paper) : $sum->($ink) < $sum->($paper), "$name: $scheme");
    }
    for my $width (360, 720, 1100) {
        $chromium->size($tab, $width);
        looks_right($name, $tab, $width);
    }
    my $unfold = sub { value($tab, "document.querySelectorAll('details').forEach(one => one.open = $_[0])") };
    $unfold->('true');
    $chromium->size($tab, 360);
    looks_right("$name unfolded", $tab, 360);
    $chromium->size($tab, 700);
    $chromium->media($tab, 'print', 'dark');
    looks_right("$name printed", $tab, 700);
    like(value($tab, 'getComputedStyle(document.body).backgroundColor'), qr/255, 255, 255/, "$name: printed on white");
    $chromium->media($tab, 'screen', 'light');
    $chromium->size($tab, 1100);
    is_quiet($name);
    if ($axe) {
        $unfold->('false') if $folded;
        is_accessible($name, $tab);
    }
}

1;
