#!/usr/bin/env perl
# The picture of a terminal: what stood there stands in the SVG, at its column, in its colour, escaped.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Test::More;
use Seep;

my $tool = root() . '/tests/browser/terminal-picture';
my $shown = spit(scratch() . '/shown', join "\n", "\e[1;31mGROWTH\e[0m: <a> & 'b' \x{c3}\x{a9}", '', "\e[1mGrowth per request in the screen\e[0m",
    map({ "  GET /$_      $_ B" } 1 .. 9), '', "\e[1mSee it again\e[0m", '  again ' . 'x' x 200, '');

sub picture { return `$tool @_ <$shown` }

my $svg = picture('light');
like($svg, qr/\A<svg xmlns="[^"]+" width="812" .*<\/svg>\n\z/s, 'an SVG, as wide as 100 columns');
like($svg, qr/<text x="16\.0" y="52" textLength="46\.8" fill="#c4242d" font-weight="700">GROWTH<\/text>/, 'red and bold, where it stood');
like($svg, qr/>: &lt;a&gt; &amp; 'b' \x{c3}\x{a9}<\/text>/, 'escaped, as it was written');
like($svg, qr/<text x="125\.2" [^>]*>1 B<\/text>/, 'a column of a table');
is(scalar(() = $svg =~ />GET/g), 6, 'the first rows of a long table');
like($svg, qr/>again x{89}\.\.\.<\/text>/, 'a long command is cut');
unlike($svg, qr/\e|<script|href/, 'nothing else in it');
isnt(picture('dark'), $svg, 'dark is another');
is(system("$tool blue <$shown >/dev/null 2>&1") >> 8 == 0, '', 'another theme is an error');

for my $name (qw(terminal-light.svg terminal-dark.svg)) {
    my $kept = slurp(root() . "/tests/browser/$name");
    like($kept, qr/>GROWTH<.*>See it again</s, "$name shows a finding");
    cmp_ok(length $kept, '<', 200_000, 'and is small');
}
done_testing();
