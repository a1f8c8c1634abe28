using System.Globalization;
using System.Text.RegularExpressions;
using Xunit.Abstractions;

namespace Sv2.Architecture.Tests;

/// <summary>
/// Tests name the item of the conformance list that they cover: <c>[Trait("spec", "137")]</c>. This prints which items are named.
/// </summary>
public sealed partial class ConformanceCoverageTests(ITestOutputHelper output)
{
    private const int ItemsTotal = 403;

    [Fact]
    public void Every_named_item_exists_and_the_covered_ones_are_printed()
    {
        var named = Repository.Sources("tests").SelectMany(ItemsIn).ToList();

        Assert.All(named, item => Assert.True(item.Number is >= 1 and <= ItemsTotal, $"{item.File} names item {item.Number}"));
        var covered = named.Select(item => item.Number).ToHashSet();
        output.WriteLine($"{covered.Count} of {ItemsTotal} items are named by a test: {Ranges(covered)}");
        output.WriteLine($"not named: {Ranges(Enumerable.Range(1, ItemsTotal).Except(covered))}");
    }

    private static IEnumerable<(int Number, string File)> ItemsIn(string file) =>
        SpecTrait().Matches(File.ReadAllText(file))
            .Select(match => (int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture), Repository.Relative(file)));

    /// <summary>1, 2, 3, 7 becomes "1-3, 7".</summary>
    private static string Ranges(IEnumerable<int> numbers)
    {
        var runs = new List<(int First, int Last)>();
        foreach (var number in numbers.Order())
        {
            if (runs is [.., var run] && run.Last == number - 1)
                runs[^1] = (run.First, number);
            else
                runs.Add((number, number));
        }

        return string.Join(", ", runs.Select(run => run.First == run.Last ? $"{run.First}" : $"{run.First}-{run.Last}"));
    }

    [GeneratedRegex("""Trait\("spec", "(\d+)"\)""")]
    private static partial Regex SpecTrait();
}
