# Metrics as a strict reader takes them: OpenMetrics 1.0.0, or Prometheus's text format 0.0.4. Dies of what is wrong.
package Metrics;
use strict;
use warnings;

my $name = qr/[a-zA-Z_:][a-zA-Z0-9_:]*/;
my $labels = qr/(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*")/;
my %suffixes = (counter => ['_total'], info => ['_info'], gauge => [''], stateset => [''], summary => ['', '_count', '_sum']);

sub new { return bless {families => {}, samples => {}, list => []}, shift }

# The value of a sample, by its name and labels as in {endpoint => 'GET /a'}; undef: there is none.
sub value {
    my ($self, $sample, %wanted) = @_;
    my @found = $self->all($sample, %wanted);
    die "$sample: several\n" if @found > 1;
    return @found ? $found[0]{value} : undef;
}

sub all {
    my ($self, $sample, %wanted) = @_;
    return grep { my $of = $_; $of->{name} eq $sample && !grep { ($of->{labels}{$_} // '') ne $wanted{$_} } keys %wanted } @{$self->{list}};
}

sub sum {
    my $sum = 0;
    $sum += $_->{value} for all(@_);
    return $sum;
}

sub parse {
    my ($text, $form) = @_;
    my ($self, $open, $present, $suffixes, %ended) = (Metrics->new, $form eq 'open', '', [''], ());
    die "no newline at the end\n" if $text !~ /\n\z/;
    my @lines = split /\n/, $text, -1;
    pop @lines;
    if ($open) { die "the last line is no # EOF\n" if pop(@lines) ne '# EOF' }
    my $group = '';
    for (@lines) {
        die "an empty line\n" if $_ eq '';
        if (/^# (TYPE|UNIT|HELP) ($name) (.*)$/) {
            my ($what, $family, $rest) = ($1, $2, $3);
            if ($family ne $present) {
                die "$family: its lines do not stand together\n" if $ended{$family};
                die "$family: TYPE does not come first\n" if $what ne 'TYPE';
                $ended{$present} = 1;
                $present = $family;
                $suffixes = $open ? $suffixes{$rest} // die "$family: no type $rest\n" : $rest =~ /^(counter|gauge)$/ ? [''] : ['', '_count', '_sum'];
                $self->{families}{$family} = {type => $rest};
                die "$family: a counter without _total\n" if !$open && $rest eq 'counter' && $family !~ /_total$/;
                next;
            }
            die "$family: $what twice\n" if exists $self->{families}{$family}{$what} || $what eq 'TYPE';
            die "$family: UNIT in the classic form\n" if $what eq 'UNIT' && !$open;
            die "$family: its name does not end with its unit\n" if $what eq 'UNIT' && $family !~ /_\Q$rest\E$/;
            $self->{families}{$family}{$what} = $rest;
            next;
        }
        die "what is '$_'?\n" if !/^($name)(?:\{($labels(?:,$labels)*)\})? (-?(?:[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?))$/;
        my ($sample, $list, $value) = ($1, $2 // '', $3);
        die "$sample: not of the family $present\n" if !grep { $sample eq $present . $_ } @$suffixes;
        die "$sample\{$list}: twice\n" if $self->{samples}{"$sample\{$list}"}++;
        my %labels;
        while ($list =~ /([a-zA-Z0-9_]+)="((?:[^"\\]|\\.)*)"/g) {
            my ($label, $text) = ($1, $2);
            die "$sample: label $label twice\n" if exists $labels{$label};
            $text =~ s/\\(.)/$1 eq 'n' ? "\n" : $1/ge;
            $labels{$label} = $text;
        }
        die "$sample: below zero\n" if $value < 0 && $self->{families}{$present}{type} eq 'counter';
        die "$sample: no state\n" if $self->{families}{$present}{type} eq 'stateset' && (!exists $labels{$present} || $value !~ /^[01]$/);
        push @{$self->{list}}, {name => $sample, labels => \%labels, value => $value, family => $present};
    }
    return $self;
}

1;
