#!/usr/bin/env perl
# What the README shows is true: its commands and options exist, its service.yaml loads, its five lines work.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Test::More;
use Seep;

my $readme = slurp(root() . '/README.md');

my %commands = map { $_ => 1 } $readme =~ /^\| `seep ([a-z]+)/mg;
my $help = '';
for my $command (sort keys %commands) {
    my $ran = seep('help', $command);
    is($ran->{exit}, 0, "seep help $command");
    $help .= $ran->{out};
}
$help .= seep('--help')->{out};
(my $ours = $readme) =~ s/^    docker .*//mg; # options of another program
for my $option (sort keys %{{map { $_ => 1 } $ours =~ /(?<![\w-])(--[a-z][a-z-]+)/g}}) {
    like($help, qr/\Q$option\E\b/, "$option is an option");
}
for my $topic ($readme =~ /`seep help ([a-z]+)`/g) {
    is(seep('help', $topic)->{exit}, 0, "seep help $topic");
}
for my $format (seep('help', 'snapshots')->{out} =~ /^  (\w+)$/mg) {
    like($readme, qr/^\|[^|]*`$format`/m, "$format is in its list of snapshot formats");
}
my %headings = map { my $anchor = lc; $anchor =~ s/[^a-z0-9 -]//g; $anchor =~ tr/ /-/; ("#$anchor" => 1) } $readme =~ /^##+ (.*)$/mg;
for my $link ($readme =~ /\]\(([^)]+)\)/g, $readme =~ /\bsrc(?:set)?="([^"]+)"/g) {
    ok($link =~ /^#/ ? $headings{$link} : -e root() . "/$link", "$link is there");
}
my ($listed) = slurp(root() . '/Makefile') =~ /^\.PHONY: (.*)$/m;
for my $target ($readme =~ /^    make ([a-z][a-z-]*)/mg) {
    like($listed, qr/\b\Q$target\E\b/, "make $target is a target");
}

my ($yaml) = $readme =~ /```yaml\n(.*?)```/s;
my $app = scratch() . '/app';
my $shop = scratch() . '/scenarios/shop';
mkdir $app;
my $imported = seep('import', root() . '/scenarios/pricing/traffic/access.log', '-o', $shop, '-q');
is($imported->{exit}, 0, 'import writes a service directory') or diag($imported->{err});
spit("$shop/service.yaml", $yaml);
my $checked = seep('check', $shop, '--offline');
is($checked->{exit}, 0, 'its service.yaml is read') or diag($checked->{err});
like($checked->{out}, qr{GET /quote/\{slug\}}, 'the endpoints are there');

my ($production) = $readme =~ /```yaml\n(observed:.*?)```/s;
spit("$shop/service.yaml", "$yaml$production");
$checked = seep('check', $shop, '--offline');
is($checked->{exit}, 0, 'what it says of production is read') or diag($checked->{err});

my ($suspects) = $readme =~ /```yaml\n(suspects:.*?)```/s;
spit("$shop/service.yaml", "$yaml$suspects");
$checked = seep('check', $shop, '--offline');
is($checked->{exit}, 0, 'what it suspects is read') or diag($checked->{err});
like($checked->{out}, qr/^order:  production suspects GET \/quote/m, 'and is the order of a hunt');

my ($setup) = $readme =~ /```yaml\n(setup:.*?)```/s;
my ($endpoint) = $readme =~ /```yaml\n(capture:.*?)```/s;
spit("$shop/get_tax.yaml", slurp("$shop/get_tax.yaml") . $endpoint);
for my $load ('{speed: 1x}', $readme =~ /^\| `(\{[^`]*\})` \| `--/mg) {
    spit("$shop/service.yaml", "$yaml${setup}load: $load\n");
    $checked = seep({env => {LOAD_PASSWORD => 'x'}}, 'check', $shop, '--offline');
    is($checked->{exit}, 0, "its setup, the keys of an endpoint and load: $load are read") or diag($checked->{err});
    like($checked->{out}, qr{^setup:  GET /login, POST /login, once per session$}m, 'check names the setup');
}

done_testing();
