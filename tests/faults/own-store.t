#!/usr/bin/env perl
# The same faults as in own-writes.t at each write of a run and of a hunt, which have a store: it is whole after each, what it
# lost it says, reports are all there or not at all, and a new run, or --resume, works.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../cli", $FindBin::Bin;
use File::Path qw(remove_tree);
use JSON::PP;
use Test::More;
use Own;
use Seep;
use Shim;
use Table;

my ($scratch, $last_run) = (scratch(), 'run = (select max(run) from run)');
my @reports = qw(json html junit markdown openmetrics);

sub with_outputs {
    my ($directory, @arguments) = @_;
    return (@arguments, '-q', '--db', "$directory/seep.db", '--csv', "$directory/csv", map { ("--$_", "$directory/r.$_") } @reports);
}

# What a run says of itself, as far as it was stored.
sub stored {
    my ($directory) = @_;
    my $told = seep('report', 'last', '--db', "$directory/seep.db", '--json', '-');
    return ($told, $told->{exit} eq '0' ? decode_json($told->{out}) : undef);
}

sub planned_as_stored {
    my ($directory, $result) = @_;
    return asked("$directory/seep.db", "select coalesce(sum(planned), 0) from outcome where $last_run") eq ($result->{replay}{planned} // 0);
}

my %ends = (html => qr{</html>\s*\z}, junit => qr{</testsuites>\s*\z}, openmetrics => qr/^# EOF\n\z/m, markdown => qr/\n\z/);

# What is missing of a run that came to an end by itself. finds: the endpoint that grows, or undefined.
sub incomplete {
    my ($given, $directory) = @_;
    my $result = eval { decode_json(slurp("$directory/r.json")) } // return 'lost: the JSON';
    my ($told) = stored($directory);
    my @lost = grep { slurp("$directory/r.$_") !~ $ends{$_} } sort keys %ends;
    push @lost, 'in the store' if $told->{out} ne slurp("$directory/r.json");
    push @lost, 'outcomes' if !planned_as_stored($directory, $result);
    push @lost, 'csv' if 8 != (() = glob "$directory/csv/*.csv");
    push @lost, 'the finding' if $given->{finds} && "@{$result->{findings}[0]{endpoints} // []}" ne $given->{finds};
    return @lost ? 'lost: ' . join(', ', @lost) : '';
}

# What a fault left in the store must say that it is not all there, unless it is.
sub hushed_up {
    my ($directory) = @_;
    my $runs = -s "$directory/seep.db" && asked("$directory/seep.db", 'select count(*) from run');
    return '' if !$runs || $runs !~ /^\d+\z/; # no table of runs yet
    my ($told, $result) = stored($directory);
    return "it cannot be reported: $told->{err}" if !$result;
    my $said = $result->{verdict} eq 'inconclusive' || grep { /rows could not be written/ } @{$result->{caveats}};
    return $said || planned_as_stored($directory, $result) ? '' : "the store says $result->{verdict}, and not that something was lost";
}

sub judge {
    my ($given, $case, $ran) = @_;
    my $directory = $case->{directory};
    my @wrong = (whole("$directory/seep.db"), map { "half: $_" } glob "$directory/*.part $directory/csv/*.part");
    push @wrong, 'exit code' if !documented($ran->{exit});
    if ($ran->{exit} =~ $given->{fine}) {
        push @wrong, incomplete($given, $directory);
        return @wrong;
    }
    push @wrong, 'an error without a fault' if $case->{failed} == 0;
    push @wrong, $case->{from} ? lines($ran->{err}) : one_line($ran->{err}), hushed_up($directory);
    push @wrong, map { "half of the $_" } grep { my $text = slurp("$directory/r.$_"); $text ne '' && $text !~ $ends{$_} } sort keys %ends;
    push @wrong, 'half of the JSON' if -e "$directory/r.json" && !eval { decode_json(slurp("$directory/r.json")) };
    return @wrong;
}

# What is typed after a fault, arguments->(directory), works.
sub works_again {
    my ($given, @cases) = @_;
    my ($nth, @wrong) = (0);
    several($given->{at_once}, sub {
        my ($case) = @_;
        return begin({name => 'again-' . ++$nth}, with_outputs($case->{directory}, $given->{again}->($case->{directory})));
    }, sub {
        my ($case, $ran) = @_;
        my $fault = "again after $case->{error} at $case->{last}";
        push @wrong, "$fault: exit $ran->{exit}: $ran->{err}" if $ran->{exit} !~ $given->{fine};
        push @wrong, map { "$fault: $_" } grep { $_ ne '' } incomplete($given, $case->{directory});
    }, @cases);
    return @wrong;
}

# How many calls it makes, counted once.
sub calls_of {
    my ($what, $given) = @_;
    my $home = place();
    my $first = gather(begin({name => 'whole', env => {shim(count => "$scratch/count")}}, with_outputs($home, @{$given->{arguments}})));
    like($first->{exit}, $given->{fine}, "$what: without a fault") or diag($first->{err});
    is(incomplete($given, $home), '', 'all is there');
    return (shim_counts("$scratch/count"))[0];
}

sub keeps_a_store {
    my ($what, %given) = @_;
    my $count = short_form() ? $given{about} : calls_of($what, \%given);
    my @cases = cases($count, $given{most}, 1);
    my @wrong = judged($given{at_once}, sub { with_outputs($_[0], @{$given{arguments}}) }, sub { judge(\%given, @_) }, @cases);
    my @failed = grep { $_->{exit} !~ $given{fine} } @cases;
    push @wrong, works_again(\%given, @failed[map { $_ - 1 } drawn(scalar @failed, short_form() ? 3 : $given{agains})]);
    conclude("seep $what ($count calls)", \@cases, @wrong);
    remove_tree($_->{directory}) for @cases;
}

my $nothing_grows = native_service('flat', 'off');
my @run = ('run', $nothing_grows, '--connections', 2, '--requests', 300, '--no-early-stop');

subtest 'run' => sub {
    keeps_a_store('run', arguments => \@run, fine => qr/^(?:0|125)\z/, about => 210, at_once => 4, most => 80, agains => 60, again => sub { @run });
};

my $one_grows = native_service('leaking', 'on');
subtest 'bisect' => sub {
    my @bisect = ('bisect', $one_grows, '--connections', 2, '--confirm', 600);
    keeps_a_store('bisect', arguments => \@bisect, fine => qr/^1\z/, finds => 'GET /leak', about => 400, at_once => 6, most => 16, agains => 50, again => sub {
        my (undef, $result) = stored($_[0]);
        my $kept = asked("$_[0]/seep.db", "select count(*) from probe where $last_run") =~ /\A[1-9]/; # none where the first of its own writes failed
        return $result && $result->{verdict} eq 'inconclusive' && $kept ? ('bisect', $one_grows, '--resume', 'last') : @bisect;
    });
};

# By strace, which sees what the kernel is asked: no write to the store or a report goes past the shim.
subtest 'the shim sees all' => sub {
    my $trace = "$scratch/trace";
    plan skip_all => 'strace may not trace here' if system("strace -o '$trace' true 2>/dev/null") != 0;
    my $place = place();
    my $calls = 'write,pwrite64,writev,pwritev,pwritev2,sendfile,copy_file_range,fsync,fdatasync,ftruncate,fallocate';
    my $ran = gather(begin({name => 'traced', by => ['strace', '-f', '-y', '-o', $trace, '-e', "trace=$calls", 'env', map { "$_->[0]=$_->[1]" }
        pairs(shim(count => "$scratch/traced.count", calls => 'write,sync,truncate', on => "$place/*"))]}, with_outputs($place, @run)));
    like($ran->{exit}, qr/^(?:0|125)\z/, 'runs') or diag($ran->{err});
    my ($seen) = shim_counts("$scratch/traced.count");
    my $made = () = slurp($trace) =~ /^\d+ +\w+\(\d+<\Q$place\E\//mg;
    cmp_ok($made, '>', 50, 'there are some');
    is($seen, $made, 'as many as the kernel was asked for');
    tried('writes past the shim (strace)', $made, "$seen seen by the shim", $made - $seen || 'nothing');
};

sub pairs {
    my @pairs;
    push @pairs, [splice @_, 0, 2] while @_;
    return @pairs;
}

# What goes to the target in pieces is the same; what cannot be sent is counted as failed, and judged so.
subtest 'sends' => sub {
    my ($tried, @wrong) = (0);
    my @cases = ({error => 'SHORT', from => 1}, map { {error => $_, share => 0.02, seed => 5}, {error => $_, from => 400} } qw(EPIPE EIO));
    for my $case (short_form() ? @cases[0, 1] : @cases) {
        my $place = place();
        my $ran = gather(begin({name => 'sends', env => {shim(%$case, calls => 'send', count => "$place.count")}}, with_outputs($place, @run)));
        my (undef, $failed, $cut, $last) = shim_counts("$place.count");
        my ($told, $result) = stored($place);
        my %of = %{$result->{replay} // {}};
        $tried += $failed + $cut;
        push @wrong, "$case->{error}: exit $ran->{exit}: $ran->{err}" if !documented($ran->{exit}) || $ran->{exit} == 202;
        push @wrong, "$case->{error}: $of{planned} planned, $of{done} done, $of{failed} failed, $of{skipped} skipped" if $of{planned} != $of{done} + $of{failed} + $of{skipped};
        push @wrong, "$case->{error}: growth" if $result->{verdict} eq 'growth';
        push @wrong, "$case->{error}: all is lost, and $result->{verdict}" if $case->{from} && $failed && $result->{verdict} ne 'inconclusive';
        push @wrong, "short sends: $of{failed} failed" if $cut && $of{failed};
    }
    is(join("\n", @wrong), '', 'nothing wrong with them');
    tried('EPIPE, EIO and short sends to the target: seep run', $tried, 'counted as failed; inconclusive where all are', @wrong ? scalar(@wrong) . ' wrong' : 'nothing');
};

is(none_left(), '', 'nothing of ours still runs');
done_testing();
