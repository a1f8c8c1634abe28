namespace Sv2.Roles.Orleans.Grains;

/// <summary>
/// One role instance; the key is its name. Holds what the operator wants of it, and which silo runs it: at most one at a
/// time, by a lease that the silo renews and a generation that counts the owners. It never runs anything itself.
/// </summary>
public interface IRoleGrain : IGrainWithStringKey
{
    /// <summary>Stores a new instance. False when there is one already.</summary>
    Task<bool> CreateAsync(RoleDefinition definition);

    /// <summary>Stores a changed definition. Gives the version to wait for; 0 when there is no such instance.</summary>
    /// <param name="definition">All of the definition.</param>
    /// <param name="restart">Whether a running role is restarted.</param>
    Task<long> ChangeAsync(RoleDefinition definition, bool restart);

    /// <summary>Forgets the definition; the owner stops the role and lets go. Gives whether there was one.</summary>
    Task<bool> DeleteAsync();

    /// <summary>Takes the role from its silo in good order and offers it to another one.</summary>
    /// <param name="silo">Name of the silo that is to have it.</param>
    Task MoveAsync(string silo);

    /// <summary>All that is known; null when there is no such instance.</summary>
    Task<RoleView?> GetAsync();

    /// <summary>A silo offers to run the role. Null when it is not to have it, or not yet.</summary>
    Task<RoleGrant?> ClaimAsync(RoleClaim claim);

    /// <summary>The owner says that it is there and how the role is; hears what it is to do.</summary>
    Task<RoleOrder> RenewAsync(RoleRenewal renewal);

    /// <summary>The owner has stopped the role and lets go.</summary>
    Task ReleaseAsync(RoleRenewal last);
}

/// <summary>A role as its grain knows it.</summary>
/// <param name="Definition">What is wanted.</param>
/// <param name="Version">Counts the changes of the definition.</param>
/// <param name="AppliedVersion">The version that <paramref name="Status"/> is of.</param>
/// <param name="Owner">Name of the silo that runs it; null while none does.</param>
/// <param name="OwnerAddress">That silo's address, for questions to it.</param>
/// <param name="Generation">Counts the owners.</param>
/// <param name="Status">What the owner last said; null before.</param>
[GenerateSerializer, Alias("sv2.role-view")]
public sealed record RoleView(
    RoleDefinition Definition, long Version, long AppliedVersion, string? Owner, string? OwnerAddress, long Generation, RoleStatus? Status);

/// <summary>A silo's offer.</summary>
/// <param name="Silo">Its name.</param>
/// <param name="Address">Its address.</param>
/// <param name="Load">Roles that it runs.</param>
[GenerateSerializer, Alias("sv2.role-claim")]
public sealed record RoleClaim(string Silo, string Address, int Load);

/// <summary>The role is the silo's, until the lease runs out.</summary>
/// <param name="Definition">What is wanted.</param>
/// <param name="Version">Its version.</param>
/// <param name="Generation">The number that this ownership goes by.</param>
[GenerateSerializer, Alias("sv2.role-grant")]
public sealed record RoleGrant(RoleDefinition Definition, long Version, long Generation);

/// <summary>A sign of life of an owner.</summary>
/// <param name="Silo">The owner's name.</param>
/// <param name="Generation">The number of its ownership.</param>
/// <param name="AppliedVersion">The version of the definition that it has put into effect.</param>
/// <param name="Status">How the role is; null while it is being changed.</param>
[GenerateSerializer, Alias("sv2.role-renewal")]
public sealed record RoleRenewal(string Silo, long Generation, long AppliedVersion, RoleStatus? Status);

/// <summary>What an owner is to do.</summary>
/// <param name="Kind">In one word.</param>
/// <param name="Definition">What to put into effect, for <see cref="RoleOrderKind.Apply"/>.</param>
/// <param name="Version">Its version.</param>
/// <param name="Restart">Whether the role is to be restarted with it.</param>
[GenerateSerializer, Alias("sv2.role-order")]
public sealed record RoleOrder(RoleOrderKind Kind, RoleDefinition? Definition = null, long Version = 0, bool Restart = false);

/// <summary>What an owner is to do.</summary>
public enum RoleOrderKind
{
    /// <summary>Go on.</summary>
    Keep,

    /// <summary>Put another definition into effect.</summary>
    Apply,

    /// <summary>Stop the role and let go of it: it is not wanted any more, or wanted elsewhere.</summary>
    Release,

    /// <summary>Stop the role at once: it has another owner.</summary>
    Stale,
}
