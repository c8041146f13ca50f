# The table of what was tried: fault, how often, what happened, what was lost.
package Table;
use strict;
use warnings;
use Exporter 'import';
use Test::More;

our @EXPORT = qw(tried short_form in_turns);

# The short form is what CI runs: fewer moments and places, the same faults.
sub short_form { return ($ENV{FAULTS} // '') eq 'short' }

# One row, told as a note; with FAULTS_TABLE=FILE it is added there as well, tab-separated.
sub tried {
    my ($fault, $times, $happened, $lost) = @_;
    note("$fault: tried $times times; $happened; lost: $lost");
    return if !defined $ENV{FAULTS_TABLE};
    open my $table, '>>', $ENV{FAULTS_TABLE} or die "$ENV{FAULTS_TABLE}: $!\n";
    print {$table} join("\t", $fault, $times, $happened, $lost), "\n";
    close $table or die "$ENV{FAULTS_TABLE}: $!\n";
}

# Begins each case, $most of them at a time, since they mostly wait: begin->(case) is a job, which end->(case, job) ends.
sub in_turns {
    my ($most, $begin, $end, @cases) = @_;
    my @under_way;
    for my $case (@cases) {
        $end->(@{shift @under_way}) if @under_way >= $most;
        push @under_way, [$case, $begin->($case)];
    }
    $end->(@$_) for @under_way;
    return;
}

1;
