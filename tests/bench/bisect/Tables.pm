# The tables of the bench of hunts: one of each server, and the sums.
package Tables;
use strict;
use warnings;
use Bench;
use Exporter qw(import);
use Grounds;
use Kinds;
use List::Util qw(sum0);
use Score;

our @EXPORT = qw(tables);

my @columns = ('leak', 'endpoints', 'by', 'hunts', outcomes(), 'order', 'interval', 'requests', 'trials', 'seconds', 'named after', 'named by', 'bound');

sub counted {
    my ($outcome, @hunts) = @_;
    return scalar grep { $_->{outcome} eq $outcome } @hunts;
}

sub share_of {
    my ($hits, $of) = @_;
    return $of ? "$hits of $of" : '';
}

sub middle {
    my ($format, @values) = @_;
    my @known = grep { defined } @values;
    return @known ? sprintf($format, median(@known)) : '';
}

sub figures {
    my (@hunts) = @_;
    my @ordered = grep { defined $_->{order} } @hunts;
    return (
        scalar @hunts, (map { counted($_, @hunts) || '' } outcomes()),
        share_of(sum0(map { $_->{order} } @ordered), scalar @ordered),
        share_of(sum0(map { $_->{held} } @hunts), sum0(map { $_->{stated} } @hunts)),
        commas(median(map { $_->{requests} // 0 } @hunts)), middle('%.0f', map { $_->{trials} } @hunts),
        middle('%.0f', map { $_->{seconds} } @hunts), middle('%.0f', map { $_->{named_after} } @hunts),
        middle('%.0f', map { $_->{named_by} } @hunts),
    );
}

# By kind, number of endpoints and strategy, seep's first.
sub grouped {
    my (@hunts) = @_;
    my (%place, %groups);
    my @kinds = kind_names();
    @place{@kinds} = 0 .. $#kinds;
    for my $hunt (@hunts) {
        my $strategy = $hunt->{strategy} eq 'seep' ? '' : $hunt->{strategy};
        push @{$groups{sprintf '%02d %03d %s', $place{$hunt->{kind}}, $hunt->{endpoints}, $strategy}}, $hunt;
    }
    return map { $groups{$_} } sort keys %groups;
}

sub row {
    my (@hunts) = @_;
    my $one = $hunts[0];
    my $k = leaks_of($one->{kind});
    return [$one->{kind}, $one->{endpoints}, $one->{strategy}, figures(@hunts), $k ? sprintf('%.1f', bound_bits($one->{endpoints}, $k)) : ''];
}

# Of none of n the bound at 95 %, 3 / n (Hanley and Lippman-Hand, JAMA 249:1743, 1983).
sub rate {
    my ($what, $hits, $of) = @_;
    my $share = !$of ? '' : $hits ? sprintf('%.1f %%', 100 * $hits / $of) : $of < 3 ? '' : sprintf 'at most %.1f %%', 300 / $of;
    return [$what, "$hits of $of", $share];
}

sub sums {
    my ($strategy, @hunts) = @_;
    my @leaking = grep { @{$_->{truth}} } @hunts;
    my @free = grep { !@{$_->{truth}} } @hunts;
    my @ordered = grep { defined $_->{order} } @hunts;
    return map { [$strategy, @$_] } grep { $_->[1] !~ /of 0$/ } (
        rate('leaks: right', counted('right', @leaking), scalar @leaking),
        rate('leaks: right in part', counted('part', @leaking), scalar @leaking),
        rate('leaks: inconclusive', counted('open', @leaking), scalar @leaking),
        rate('leaks: missed ("no growth")', counted('missed', @leaking), scalar @leaking),
        rate('leaks: an endpoint named that does not leak', counted('false', @leaking), scalar @leaking),
        rate('no leak: right', counted('right', @free), scalar @free),
        rate('no leak: inconclusive', counted('open', @free), scalar @free),
        rate('no leak: false findings', counted('false', @free), scalar @free),
        rate('no result', counted('failed', @hunts), scalar @hunts),
        rate('order told right', sum0(map { $_->{order} } @ordered), scalar @ordered),
        rate('intervals that hold the truth', sum0(map { $_->{held} } @hunts), sum0(map { $_->{stated} } @hunts)),
    );
}

sub wrong {
    my ($hunt) = @_;
    my $said = join '; ', map { "$_->{kind} " . join ' + ', @{$_->{endpoints}} } @{$hunt->{findings}};
    my $leaks = join '; ', map { join ' + ', @{$_->{endpoints}} } @{$hunt->{truth}};
    return [$hunt->{id}, $hunt->{outcome}, $leaks || 'nothing', $said || 'nothing', join(', ', @{$hunt->{bytes} // []}), $hunt->{reason}];
}

sub tables {
    my ($report, @hunts) = @_;
    $report->say('Medians. "right": exactly what leaks, with its kind; "part": some of it and nothing else; "missed": "no growth"; "false": '
        . 'an endpoint that does not leak; "open": inconclusive; "bound": log2 C(endpoints, leaking ones), the answers that tell them apart; '
        . '"named after": seconds until the last of what leaks was first named; "named by": requests until then.');
    for my $server (ground_names()) {
        my @here = grep { $_->{server} eq $server } @hunts or next;
        $report->heading($server);
        $report->table(\@columns, map { row(@$_) } grouped(@here));
    }
    $report->heading('All');
    my %by;
    push @{$by{$_->{strategy}}}, $_ for @hunts;
    my @strategies = sort { ($b eq 'seep') <=> ($a eq 'seep') || $a cmp $b } keys %by;
    $report->table(['by', '', 'hunts', ''], map { sums($_, @{$by{$_}}) } @strategies);
    my @wrong = grep { $_->{outcome} ne 'right' && $_->{strategy} eq 'seep' } @hunts or return;
    $report->say('Not right:');
    $report->table(['case', '', 'leaks', 'named', 'bytes', 'because'], map { wrong($_) } @wrong);
}

1;
