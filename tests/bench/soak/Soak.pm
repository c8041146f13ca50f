# What long-soak.t and soak-compressed share: a made-up soak in a store, and how large that may be.
package Soak;
use strict;
use warnings;
use Exporter qw(import);

our @EXPORT = qw(simulate_command lines_of size_most ask SIGNALS ENDPOINTS);

use constant {SIGNALS => 11, ENDPOINTS => 20}; # of world.c

sub simulate_command { return "$ENV{BUILD}/bench/soak/simulate" }

# What simulate prints: [name, put, kept], without the ~ of what may differ, which the fourth says.
sub lines_of {
    my ($text) = @_;
    return map { my ($name, $put, $kept) = split /\t/; my $differs = $name =~ s/^~//; [$name, $put, $kept, $differs] } split /\n/, $text;
}

# Bytes that harness/README.md promises: of each signal and day, of each endpoint and day, and of each signal for the last day,
# which is kept by ten seconds.
sub size_most {
    my ($days, $signals, $endpoints) = @_;
    return 1e6 * (0.2 * $signals * $days + 0.1 * $endpoints * $days + 1.3 * $signals);
}

sub ask {
    my ($db, $query) = @_;
    open my $pipe, '-|', 'sqlite3', '-readonly', '-cmd', '.timeout 20000', $db, $query or die "sqlite3: $!";
    local $/;
    return (<$pipe> // '') =~ s/\n\z//r;
}

1;
