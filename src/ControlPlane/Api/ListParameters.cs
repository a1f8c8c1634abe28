using System.ComponentModel;
using Microsoft.AspNetCore.Mvc;
using Sv2.Roles;

namespace Sv2.ControlPlane.Api;

/// <summary>Which part of a list a request wants.</summary>
internal record ListParameters
{
    private const int OffsetMax = 10_000_000;
    private const int SearchMax = 200;

    [FromQuery(Name = "offset"), Description("How many items to leave out at the beginning.")]
    public int? Offset { get; init; }

    [FromQuery(Name = "limit"), Description("At most this many items, 1 to 1000; 100 if not given.")]
    public int? Limit { get; init; }

    [FromQuery(Name = "search"), Description("Only items whose text contains this, ignoring case.")]
    public string? Search { get; init; }

    [FromQuery(Name = "instance"), Description("Only items of this role instance.")]
    public string? Instance { get; init; }

    /// <exception cref="ConfigurationException">A number is outside its limits.</exception>
    public ListQuery ToQuery()
    {
        var query = new ListQuery { Offset = Offset ?? 0, Limit = Limit ?? 100, Search = Search, Instance = Instance };
        if (query.Offset is < 0 or > OffsetMax)
            throw new ConfigurationException("offset", $"{query.Offset} is outside the limits", $"choose 0 to {OffsetMax}");
        if (query.Limit is < 1 or > ListQuery.LimitMax)
            throw new ConfigurationException("limit", $"{query.Limit} is outside the limits", $"choose 1 to {ListQuery.LimitMax}");
        if (query.Search is { Length: > SearchMax })
            throw new ConfigurationException("search", $"{query.Search.Length} characters are too many", $"give at most {SearchMax}");
        return query;
    }
}

/// <summary>The same for a list that can be ordered.</summary>
internal record SortedListParameters : ListParameters
{
    [FromQuery(Name = "sort"), Description("Field to order by; with a hyphen before it, the largest first.")]
    public string? Sort { get; init; }
}
