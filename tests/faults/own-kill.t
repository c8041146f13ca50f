#!/usr/bin/env perl
# kill -9 at moments drawn by seed: from its start to its reports by time, and between or within its writes (the shim). After each
# the store is whole, what was answered is in it, nothing is concluded that was not, no process and no file of a trial stays
# behind; a hunt goes on to its finding, and a new run works.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../cli", $FindBin::Bin;
use File::Path qw(make_path remove_tree);
use JSON::PP;
use POSIX ();
use Test::More;
use Own;
use Seep;
use Shim;
use Table;

my $service = native_service('killed', 'on');
my %commands = (
    run => {arguments => ['run', $service, '--connections', 2, '--requests', 300, '--no-early-stop'], seconds => 3.5, writes => 230},
    bisect => {arguments => ['bisect', $service, '--connections', 2, '--confirm', 600], seconds => 7, writes => 420},
);
my @reports = qw(json html junit);

sub outputs {
    my ($case) = @_;
    return ('-v', '--db', "$case->{directory}/seep.db", map { ("--$_", "$case->{directory}/r.$_") } @reports);
}

# Of each command so many by time and so many by the number of the write.
sub moments {
    my ($command, $by_time, $by_write) = @_;
    my $of = $commands{$command};
    return ((map { {command => $command, after => $of->{seconds} * ($_ + rand) / $by_time} } 0 .. $by_time - 1),
        (map { {command => $command, at => $_} } drawn($of->{writes}, $by_write)));
}

my $number = 0;
sub start {
    my ($case) = @_;
    $case->{directory} = place();
    $case->{tag} = "$Own::tag-" . ++$number;
    make_path($case->{temporary} = "$case->{directory}/t");
    my %shim = defined $case->{at} ? shim(error => 'KILL', at => $case->{at}, on => '/*', count => "$case->{directory}.count") : ();
    my $job = begin({name => "kill-$number", env => {%shim, SEEP_TEST_TAG => $case->{tag}, TMPDIR => $case->{temporary}}},
        @{$commands{$case->{command}}{arguments}}, outputs($case));
    return $job if !defined $case->{after};
    $case->{killer} = fork() // die "fork: $!";
    return $job if $case->{killer};
    select undef, undef, undef, $case->{after};
    kill 'KILL', $job->{pid}; # nobody else has its number: it is waited for after us
    POSIX::_exit(0);
}

# What the store says of the run: "" where none had begun.
sub told {
    my ($case) = @_;
    my $report = seep('report', 'last', '--db', "$case->{directory}/seep.db", '--json', '-');
    return $report->{exit} eq '0' ? decode_json($report->{out}) : '' if $report->{exit} =~ /^(?:0|200)\z/;
    return {verdict => "not told: exit $report->{exit}: $report->{err}", reason => ''};
}

sub judge {
    my ($case, $ran) = @_;
    my ($directory, $db) = ($case->{directory}, "$case->{directory}/seep.db");
    $case->{exit} = $ran->{exit};
    my @wrong = whole($db);
    my $left = none_left($case->{tag});
    push @wrong, "still runs: $left" if $left ne '';
    my @files = glob "$case->{temporary}/*";
    push @wrong, "left: @files" if @files && $ran->{exit} eq 'signal 9';
    my $told = $case->{told} = told($case);
    my $begun = -s $db && asked($db, 'select count(*) from run') eq '1';
    my $ended = $begun && asked($db, "select coalesce(exit_code, '') from run") ne '';
    push @wrong, 'the run is not there' if $begun && !$told;
    push @wrong, "it was not ended, and is told $told->{verdict}, $told->{reason}" if $begun && !$ended && "$told->{verdict}: $told->{reason}" !~ /^inconclusive: the run was not ended/;
    push @wrong, "it ended, and is told $told->{verdict}" if $ended && $told->{verdict} ne 'growth' && $told->{reason} eq 'the run was not ended';
    my $answers = () = $ran->{err} =~ /^(?:suspect|found|checked|cleared|on a fresh server|the requests that grow|snapshots): /mg;
    my $stored = $begun ? asked($db, 'select count(*) from probe where probe > 0') : 0;
    push @wrong, "$answers answers were told, $stored are stored" if $answers > $stored;
    push @wrong, map { "half of the $_" } grep { -e "$directory/r.$_" && slurp("$directory/r.$_") !~ /(?:\}|<\/html>|<\/testsuites>)\s*\z/ } @reports;
    return @wrong;
}

# A hunt that may go on does, and finds what it would have; of any other command a new one works.
sub go_on {
    my ($case) = @_;
    my $db = "$case->{directory}/seep.db";
    my $may = $case->{command} eq 'bisect' && $case->{told} && $case->{told}{verdict} eq 'inconclusive' && asked($db, 'select count(*) from probe where probe = 0') eq '1';
    $case->{resumed} = $may;
    my @command = $may ? ('bisect', $service, '--resume', 'last') : @{$commands{$case->{command}}{arguments}};
    return begin({name => 'on-' . ++$number, env => {SEEP_TEST_TAG => $case->{tag}, TMPDIR => $case->{temporary}}}, @command, outputs($case));
}

sub went_on {
    my ($case, $ran) = @_;
    my $db = "$case->{directory}/seep.db";
    my $what = $case->{resumed} ? '--resume' : 'anew';
    my $result = eval { decode_json(slurp("$case->{directory}/r.json")) } // {};
    my @wrong = (whole($db));
    push @wrong, "$what: exit $ran->{exit}: $ran->{err}" if $ran->{exit} ne '1';
    my @found = map { @{$_->{endpoints}} } @{$result->{findings} // []};
    push @wrong, "$what found @found" if $case->{command} eq 'bisect' && "@found" ne 'GET /leak';
    my $twice = asked($db, 'select question from probe where probe > 0 and reused_from is null group by run, question having count(*) > 1');
    push @wrong, "asked twice: $twice" if $twice ne '';
    return @wrong;
}

sub killed {
    my ($name, $again, @cases) = @_;
    my @wrong;
    my $where = sub { my ($case) = @_; defined $case->{at} ? "$case->{command} at write $case->{at}" : sprintf '%s after %.2f s', @$case{qw(command after)} };
    several(6, \&start, sub {
        my ($case, $ran) = @_;
        waitpid $case->{killer}, 0 if $case->{killer};
        push @wrong, map { $where->($case) . ": exit $case->{exit}: $_" } grep { $_ ne '' } judge($case, $ran);
    }, @cases);
    my @again = @cases[map { $_ - 1 } drawn(scalar @cases, $again)];
    several(6, \&go_on, sub {
        my ($case, $ran) = @_;
        push @wrong, map { $where->($case) . ": $_" } grep { $_ ne '' } went_on($case, $ran);
    }, @again);
    my $killed = grep { $_->{exit} eq 'signal 9' } @cases;
    my $resumed = grep { $_->{resumed} } @again;
    cmp_ok($killed, '>=', @cases / 2, "$name: $killed of " . @cases . ' were killed, the others had ended');
    is(join("\n", @wrong), '', 'nothing wrong with them');
    remove_tree($_->{directory}) for @cases;
    my $anew = @again - $resumed;
    tried("kill -9: $name", $killed, 'told as not ended; ' . ($resumed ? "$resumed went on to the same finding, " : '') . "$anew asked anew",
        @wrong ? scalar(@wrong) . ' wrong' : 'nothing');
}

my ($few, $many) = short_form() ? (1, 2) : (20, 32);
subtest 'runs' => sub { killed('runs', $few * 2, moments('run', $many, $few * 2)) };
subtest 'hunts' => sub { killed('hunts', short_form() ? 2 : 45, moments('bisect', $many, $few)) };

is(none_left(), '', 'nothing of ours still runs');
done_testing();
