#!/usr/bin/env perl
# Every result as JSON fits harness/report/result.schema.json, which is strict: a name that it does not know fails.
# (So does what any other test reads by json(), at its end.)
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use JSON::PP;
use Test::More;
use Seep;
use Told;

plan skip_all => 'python3-jsonschema is not here' if system('python3 -c "import jsonschema" 2>/dev/null') != 0;
my $schema = root() . '/harness/report/result.schema.json';
my $coder = JSON::PP->new->canonical->allow_nonref;

sub complaints {
    my (@documents) = @_;
    my $file = spit(scratch() . '/documents', join '', map { $coder->encode($_) . "\n" } @documents);
    return scalar qx(python3 ${\root()}/tests/validate.py $schema $file 2>&1);
}

my $db = told_store('schema');
my $bad = hostile();
my %leak = (endpoints => ['GET /a'], confirmed => ['long_solo'], curl => ['curl x'], sites => [{site => 'a.py:1'}, {site => 'x', whose => 'unknown', objects_per_request => undef}]);
told_run($db, 'before', command => 'run', findings => [{%leak, kind => 'mix', memory_limit_bytes => 7e8, days => 3, at_rate_per_second => 2, bytes_per_day => 5, days_low => 2}], observed_bytes => 100, observed_seconds => 60,
    observed_explained => 0.9, thresholds => [{limit_text => 'growth > 1 B/request'}], loads => ['GET /a'], caveats => ['x'], signals => [{name => 'rss', verdict => 'growth'}]);
told_run($db, 'after', command => 'run', verdict => 'no_growth', exit_code => 0, signals => [{name => 'rss', verdict => 'no_growth'}, {name => 'n', verdict => 'no_growth', objects => 1}]);
told_run($db, 'open', verdict => 'inconclusive', exit_code => 125, confidence => undef, peak_bytes => undef, ended_early => 1, cleared => [['GET /a', 'flat']],
    not_looked_at => [['GET /b', 'x']], probes => [{mix => 'GET /a', says => 'flat'}, {mix => 'GET /b', says => 'x', reused_from => 1}]);
told_run($db, 'idle', findings => [{endpoints => [], kind => 'idle', bytes_per_request => undef, bytes_per_second => 3, signal => undef, per => undef, linear_bytes => undef}]);
told_run($db, 'suspected', findings => [\%leak], cleared => [['GET /b', 'flat']], suspects => [[0.93, 48, 0.62, 'GET /a', 'GET /c'], [0.4, undef, undef, 'GET /b'], [0.1, 3, undef, 'GET /d']]);
told_run($db, 'hostile', reason => $bad, findings => [{%leak, endpoints => [$bad], sites => [{site => $bad}]}], suspects => [[0.5, 1, 0, $bad]]);
my $killed = told_run($db, 'killed', verdict => undef, ended_us => undef, reason => undef, exit_code => undef, seconds => undef);

sub of {
    my ($name, @command) = @_;
    my $ran = seep(@command);
    my $document = eval { decode_json($ran->{out}) };
    ok(defined $document, "$name: JSON") or diag($ran->{err}, $ran->{out});
    return $document;
}

my %document;
$document{"report $_"} = of("report $_", 'report', $_, '--db', $db, '--json', '-') for qw(before after open idle suspected hostile killed);
$document{compare} = of('compare', 'compare', 'before', 'after', '--db', $db, '--json', '-', '--fail-if', 'growth > 16 B/request');
my $log = spit(scratch() . '/access.log', join '', map { "10.0.0.$_ - - [17/May/2015:10:05:0$_ +0000] \"GET /cart/$_$_?token=abcdefghijkl$_ HTTP/1.1\" 200 12\n" } 1 .. 9) . '';
spit($log, slurp($log) . "rubbish\n");
$document{import} = of('import', 'import', $log, '-o', scratch() . '/imported', '--json', '-');
my @snapshot = map { spit(scratch() . "/$_.json", $_ eq 'A' ? '{"traces":[]}' : '') } qw(A);
my $listing = sub { join '', map { "/app/log.py:$_: size=" . $_[0] * $_ . " KiB, count=" . $_[0] * 10 . ", average=24 B\n" } 1 .. 3 };
my ($one, $two) = (spit(scratch() . '/one.txt', $listing->(10)), spit(scratch() . '/two.txt', $listing->(30)));
$document{diff} = of('diff', 'diff', $one, $two, '--json', '-');
$document{'diff over'} = of('diff over', 'diff', $one, $two, '--json', '-', '--over', '4d', '--observed', '100 MB/3d', '--requests', '10');

is(complaints($document{$_}), '', "$_: fits") for sort keys %document;

# A field more, one less, one of another type, wherever an object stands.
sub spoil {
    my ($value, $path, $made) = @_;
    if (ref $value eq 'HASH') {
        my @keys = sort keys %$value;
        push @$made, ["$path: one more", sub { $_[0]{typo} = 1; sub { delete $_[0]{typo} } }, $value];
        for my $key (@keys) {
            spoil($value->{$key}, "$path/$key", $made);
        }
    } elsif (ref $value eq 'ARRAY') {
        spoil($value->[$_], "$path/$_", $made) for 0 .. ($#$value > 1 ? 1 : $#$value);
    }
}
my (@spoilt, @what);
for my $name (sort keys %document) {
    my @made;
    spoil($document{$name}, '', \@made);
    for my $made (@made) {
        my ($what, $add, $object) = @$made;
        my $undo = $add->($object);
        push @spoilt, decode_json(encode_json($document{$name}));
        $undo->($object);
        push @what, "$name: $what";
    }
    for my $key (sort keys %{$document{$name}}) {
        my %less = %{$document{$name}};
        delete $less{$key};
        next if $key =~ /^(?:over_seconds|total|observed)$/ && $name =~ /^diff/;
        push @spoilt, {%less};
        push @what, "$name: without $key";
    }
}
my %refused = map { /^\S+:(\d+): / ? ($1 => 1) : () } split /\n/, complaints(@spoilt);
my @passed = map { $what[$_] } grep { !$refused{$_ + 1} } 0 .. $#what;
cmp_ok(scalar(@what), '>', 100, 'many ways to spoil them');
is_deeply(\@passed, [], 'each is refused');
my %other = (%{$document{compare}}, command => 'frobnicate');
isnt(complaints(\%other), '', 'so is a command that there is not');

done_testing();
