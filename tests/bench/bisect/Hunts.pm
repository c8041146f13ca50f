# Hunts side by side, each with a directory and a store of its own; what each said goes to a file as it ends.
package Hunts;
use strict;
use warnings;
use Bench;
use Exporter qw(import);
use File::Path qw(remove_tree);
use Grounds;
use JSON::PP;
use POSIX qw(WNOHANG);
use Score;
use Time::HiRes qw(time sleep);

our @EXPORT = qw(run_hunts hunts_kept);

my $coder = JSON::PP->new->canonical;
my $grace_s = 120; # beyond its budget, for starts and the report
my $last_words_s = 20;
my %under_way;
my $owner = $$;

sub begin_hunt {
    my ($case, $options) = @_;
    my $directory = "$options->{keep}/$case->{id}";
    remove_tree($directory);
    service_directory("$directory/service", $case);
    my @strategy = $case->{strategy} eq 'seep' ? () : ('--strategy', $case->{strategy});
    my $pid = fork() // die "fork: $!";
    if ($pid == 0) {
        setpgrp(0, 0);
        open STDIN, '<', '/dev/null';
        open STDOUT, '>', "$directory/output";
        open STDERR, '>&', \*STDOUT;
        exec seep(), 'bisect', "$directory/service", '--db', "$directory/seep.db", '--json', "$directory/result.json",
            '--budget', "$options->{budget_s}s", '--seed', $case->{seed}, @strategy, @{$options->{more}} or POSIX::_exit(127);
    }
    $under_way{$pid} = {case => $case, directory => $directory, begun => time, until => time + $options->{budget_s} + $grace_s};
}

sub result_in {
    my ($directory) = @_;
    my $text = slurp("$directory/result.json");
    return eval { decode_json($text) } // {};
}

sub last_line {
    my ($directory) = @_;
    return slurp("$directory/output") =~ /(\S[^\n]*)\s*\z/ ? $1 : 'it said nothing';
}

sub in_short {
    my ($finding) = @_;
    return {map { $_ => $finding->{$_} } grep { defined $finding->{$_} }
        qw(endpoints kind per order bytes_per_request interval objects_per_request confirmed signal named_after_seconds)};
}

sub line_of {
    my ($hunt, $exit, $options) = @_;
    my ($case, $result) = ($hunt->{case}, result_in($hunt->{directory}));
    return {
        (map { $_ => $case->{$_} } qw(id server kind endpoints seed strategy bytes truth)),
        (map { $_ => $result->{$_} } qw(verdict requests trials)),
        findings => [map { in_short($_) } @{$result->{findings} // []}],
        reason => $result->{reason} // last_line($hunt->{directory}),
        exit => $exit, seconds => sprintf('%.1f', time - $hunt->{begun}) + 0, commit => $options->{commit},
        %{score($case, $result)},
    };
}

sub append {
    my ($file, $line) = @_;
    open my $out, '>>', $file or die "$file: $!\n";
    print $out $coder->encode($line), "\n";
    close $out or die "$file: $!\n";
}

sub end_hunt {
    my ($pid, $status, $options) = @_;
    my $hunt = delete $under_way{$pid};
    my $line = line_of($hunt, $status & 127 ? 'signal ' . ($status & 127) : $status >> 8, $options);
    append($options->{file}, $line);
    remove_tree($hunt->{directory}) if $line->{outcome} eq 'right' && !$options->{keep_all};
    progress(sprintf '%-32s %-6s %5.0f s %7d requests: %s, %s', $line->{id}, $line->{outcome}, $line->{seconds},
        $line->{requests} // 0, $line->{verdict} // 'none', $line->{reason});
}

# Those that are over; those that are over time are ended.
sub reap {
    my ($options) = @_;
    for my $pid (keys %under_way) {
        if (waitpid($pid, WNOHANG) != 0) {
            end_hunt($pid, $?, $options);
        } elsif (time > $under_way{$pid}{until}) {
            kill $under_way{$pid}{told}++ ? 'KILL' : 'INT', $pid;
            $under_way{$pid}{until} = time + $last_words_s;
        }
    }
}

# What is still under way is ended and not counted; seep then stops its own servers.
sub stop_all {
    kill 'INT', $_ for keys %under_way;
    my $until = time + $last_words_s;
    for my $pid (keys %under_way) {
        my $ended;
        sleep 0.05 while !($ended = waitpid($pid, WNOHANG)) && time < $until;
        if (!$ended) {
            kill 'KILL', $pid;
            waitpid $pid, 0;
        }
        my $hunt = delete $under_way{$pid};
        remove_tree($hunt->{directory});
    }
}

# As many at once as the options say, until `until`; returns how many were not run. Options: file, keep (the directory
# where those stay that were not right), keep_all, jobs, budget_s, until, more (words for seep), commit.
sub run_hunts {
    my ($options, @cases) = @_;
    while ((@cases || %under_way) && time < $options->{until}) {
        begin_hunt(shift @cases, $options) while @cases && keys %under_way < $options->{jobs};
        sleep 0.05;
        reap($options);
    }
    my $left = @cases + keys %under_way;
    stop_all();
    return $left;
}

# The hunts in a file; of a line that was cut off, nothing.
sub hunts_kept {
    my ($file) = @_;
    return grep { defined } map { my $text = $_; scalar eval { decode_json($text) } } split /\n/, slurp($file);
}

END {
    my $status = $?;
    stop_all() if $$ == $owner;
    $? = $status;
}

1;
