# What a hunt on the bookshop said, in cells.
package Said;
use strict;
use warnings;
use Bench;
use Bookshop;
use Exporter qw(import);
use JSON::PP;
use Score;

our @EXPORT = qw(said in_a_line columns row);

# The result in a hunt's directory; with no verdict where it made none.
sub said {
    my ($directory) = @_;
    my ($last) = slurp("$directory/output") =~ /(\S[^\n]*)\s*\z/;
    return eval { decode_json(slurp("$directory/result.json")) } // {reason => $last // 'it was not run', findings => []};
}

sub bytes {
    my ($bytes) = @_;
    return '-' if !defined $bytes;
    return abs($bytes) >= 10_000 ? sprintf('%.1f KB', $bytes / 1000) : abs($bytes) >= 100 ? commas($bytes) . ' B' : sprintf '%.1f B', $bytes;
}

sub findings {
    my ($result) = @_;
    return join('; ', map { "$_->{kind}: " . join ' + ', @{$_->{endpoints}} } @{$result->{findings}});
}

sub rate {
    my ($finding) = @_;
    return '' if !$finding;
    return sprintf '%s (%s to %s)', bytes($finding->{bytes_per_request}), map { bytes($_) } @{$finding->{interval}};
}

# "winston 3.11.0: createLogger lib/winston/create-logger.js:28": package and version as seep told them, else by the path.
sub short {
    my ($top) = @_;
    my ($function, $root, $package, $rest) = $top->{site} =~ m{^(.* )?(/.*node_modules/)((?:@[^/]+/)?[^/]+)/(.*)$}
        or return $top->{site} =~ s{/\S*/tests/servers/published/}{}r;
    my $about = eval { decode_json(slurp("$root$package/package.json")) } // {};
    return join(' ', grep { defined } $top->{package} // $about->{name}, $top->{version} // $about->{version}) . ': ' . ($function // '') . $rest;
}

sub top_site {
    my ($finding) = @_;
    my ($top) = @{$finding->{sites} // []} or return '';
    return sprintf '`%s`, %s', short($top), bytes($top->{bytes_per_request});
}

sub outcome {
    my ($leak, $side, $result) = @_;
    my $truth = {endpoints => [$leak->{endpoint}], told => ['alone'], per => $leak->{endpoint}, low => 0, high => 0};
    return score({strategy => 'seep', truth => $side eq 'leaking' ? [$truth] : []}, $result)->{outcome};
}

sub said_in_words {
    my ($result) = @_;
    my $verdict = ($result->{verdict} // 'no result') =~ tr/_/ /r;
    return $verdict eq 'growth' ? findings($result) : $verdict eq 'no growth' ? $verdict : "$verdict: $result->{reason}";
}

sub in_a_line {
    my ($result) = @_;
    return join ', ', said_in_words($result), rate($result->{findings}[0]) || (), sprintf '%s requests, %.0f s', commas($result->{requests} // 0), $result->{seconds} // 0;
}

# Of what is counted live, else of RSS.
sub smallest_seen {
    my ($result) = @_;
    my ($signal) = grep { defined $_->{smallest_detectable_bytes_per_request} } @{$result->{signals} // []};
    return $signal ? bytes($signal->{smallest_detectable_bytes_per_request}) . " ($signal->{name})" : '';
}

sub cost {
    my ($result) = @_;
    return (commas($result->{requests} // 0), $result->{trials} // '', sprintf '%.0f', $result->{seconds} // 0);
}

my %columns = (
    leaking => ['library', 'published', 'in each request', 'reproduced without seep: heap, RSS', 'outcome', 'what seep said', 'bytes per request', 'top site', 'requests', 'trials', 'seconds'],
    fixed => ['library', 'mended by', 'outcome', 'what seep said', 'would have seen', 'requests', 'trials', 'seconds'],
);

sub columns { return $columns{$_[0]} }

sub row {
    my ($leak, $side, $result) = @_;
    my @answer = (outcome($leak, $side, $result), said_in_words($result));
    return [$leak->{package}, $leak->{fixed}, @answer, smallest_seen($result), cost($result)] if $side eq 'fixed';
    my $finding = $result->{findings}[0];
    return [$leak->{package}, "[$leak->{record}[0]]($leak->{record}[1])", $leak->{leaking}, join(', ', @{$leak->{bytes}}), @answer,
        rate($finding), top_site($finding), cost($result)];
}

1;
