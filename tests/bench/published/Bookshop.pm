# tests/servers/published as a service to hunt in: its packages installed under build/, and a service directory with what
# was recorded of each endpoint, made by a seed.
package Bookshop;
use strict;
use warnings;
use Bench;
use Exporter qw(import);
use File::Copy qw(copy);
use File::Path qw(make_path);
use JSON::PP;
use MIME::Base64;

our @EXPORT = qw(install bookshop built);

my $sources = root() . '/tests/servers/published';
my $recorded_us = 600_000_000;
my $install_s = 240;

sub built { return build() . '/servers/published' }

my @words = ('winter', 'river', 'a history', 'glass', 'the last', 'garden', 'letters', 'north', 'salt');
my @innocent = (
    ['GET /books/{id}', sub { '/books/' . int rand 300 }],
    ['GET /books/{id}/near', sub { '/books/' . int(rand 300) . '/near' }],
    ['GET /search', sub { '/search?q=' . $words[rand @words] =~ s/ /%20/r }],
    ['GET /suggest', sub { '/suggest?start=' . substr $words[rand @words] =~ s/ .*//r, 0, 1 + int rand 5 }],
    ['GET /carts/{id}', sub { '/carts/' . (1000 + int rand 400) }],
    ['POST /carts/{id}/lines', sub { '/carts/' . (1000 + int rand 400) . '/lines', {book => int rand 800, quantity => 1 + int rand 3} }],
    ['GET /stock/{id}', sub { '/stock/' . int rand 800 }],
    ['POST /events', sub { '/events', {kind => ('seen', 'clicked', 'left')[rand 3], book => int rand 800} }],
    ['GET /export', sub { '/export?rows=' . 200 * (1 + int rand 8) }],
);

sub slurped_same { return -e $_[1] && slurp($_[0]) eq slurp($_[1]) }

# Of package.json and package-lock.json in one folder, exactly, once.
sub install_folder {
    my ($folder) = @_;
    my ($from, $to) = map { "$_/$folder" } $sources, built();
    my $lock = 'package-lock.json';
    return '' if -e "$to/node_modules/.package-lock.json" && slurped_same("$from/$lock", "$to/$lock");
    make_path($to);
    copy("$from/$_", "$to/$_") or die "$from/$_: $!\n" for 'package.json', $lock;
    my $out = scratch() . '/npm';
    my $pid = launch($out, 'timeout', $install_s, 'npm', 'ci', '--prefix', $to, '--no-audit', '--no-fund', '--ignore-scripts');
    waitpid $pid, 0;
    return '' if $? == 0;
    unlink "$to/$lock";
    my ($why) = slurp("$out.err") =~ /(\S[^\n]*)\s*\z/;
    return 'npm ci: ' . ($why // 'there is no npm');
}

# What a leak of that name needs; '' where it is there, else why not.
sub install {
    my ($name) = @_;
    return 'node is not installed' if system('command -v node npm > /dev/null') != 0;
    return install_folder('.') || install_folder("leaks/$name");
}

sub recorded {
    my ($title, $make, $count) = @_;
    my ($method) = split / /, $title;
    $count //= 60 + int rand 61;
    my @at_us = sort { $a <=> $b } map { int rand $recorded_us } 1 .. $count;
    return map {
        my ($url, $body) = $make->();
        my %body = $body ? (body => encode_base64(JSON::PP->new->canonical->encode($body), ''), header => {'Content-Type' => ['application/json']}) : ();
        {method => $method, url => $url, t_us => $_, endpoint => $title, %body}
    } @at_us;
}

my %status = ('POST /carts/{id}/lines' => 201, 'POST /orders' => 201, 'POST /reminders' => 201, 'POST /parcels' => 202);

sub write_endpoint {
    my ($directory, $title, $make, $more, $count) = @_;
    (my $file = lc $title) =~ s/\W+/_/g;
    my $coder = JSON::PP->new->canonical;
    my @lines = map { $coder->encode({%$_, status => $status{$title} // 200}) } recorded($title, $make, $count);
    spit("$directory/$file.jsonl", join "\n", '{"seep":1,"source":["made"]}', @lines, '');
    spit("$directory/$file.yaml", "endpoint: $title\nrecording: $file.jsonl\n" . ($more // ''));
}

# Writes the service directory of one leak at its side, `leaking` or `fixed`.
sub bookshop {
    my ($directory, $leak, $side, $seed) = @_;
    my $modules = join ':', map { built() . "/$_" } 'node_modules', "leaks/$leak->{name}/node_modules";
    spit("$directory/service.yaml", <<"END");
target: http://127.0.0.1:\${PORT}
start:
  command: [node, $sources/service.js]
  environment: {NODE_ENV: production, NODE_PATH: "$modules", LEAK: $leak->{name}, SIDE: $side}
ready: GET /health
memory_limit: 1 GiB
END
    srand $seed;
    write_endpoint($directory, @$_) for @innocent, [@$leak{qw(endpoint request more recorded)}];
}

1;
