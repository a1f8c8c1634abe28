namespace Sv2.ControlPlane.Api;

/// <summary>What many endpoints say of themselves.</summary>
internal static class EndpointConventions
{
    /// <summary>Documents the problems that an operation may answer with.</summary>
    public static RouteHandlerBuilder Fails(this RouteHandlerBuilder builder, params ReadOnlySpan<int> statuses)
    {
        foreach (int status in statuses)
            builder.ProducesProblem(status);
        return builder;
    }
}
