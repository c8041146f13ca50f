# The table of what was tried: fault, how often, what happened, what was lost.
package Table;
use strict;
use warnings;
use Exporter 'import';
use Test::More;

our @EXPORT = qw(tried short_form);

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

1;
