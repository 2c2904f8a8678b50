/* The cards of this machine and their addresses. */
#include "win32_inventory.h"

#include <winsock2.h>
#include <ws2tcpip.h>
#include <iphlpapi.h>
#include <mstcpip.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FLAGS                                              \
	(GAA_FLAG_SKIP_ANYCAST | GAA_FLAG_SKIP_MULTICAST | \
	    GAA_FLAG_SKIP_DNS_SERVER)
#define SIZE	16384 /* bytes, as its makers advise */
#define TRIES	4     /* of an answer that grows meanwhile */
#define ADDRESS 64    /* of an address; the longest has 45 characters */

typedef ULONG WINAPI get_fn(ULONG family, ULONG flags, PVOID reserved,
    IP_ADAPTER_ADDRESSES *adapters, ULONG *size);

/* malloc'd; NULL when it cannot be found out. */
static IP_ADAPTER_ADDRESSES *
read_adapters(get_fn *get)
{
	IP_ADAPTER_ADDRESSES *adapters = NULL;
	ULONG size = SIZE, error = ERROR_BUFFER_OVERFLOW;

	for (int i = 0; error == ERROR_BUFFER_OVERFLOW && i < TRIES; i++) {
		free(adapters);
		if ((adapters = malloc(size)) == NULL)
			return NULL;
		error = get(AF_UNSPEC, FLAGS, NULL, adapters, &size);
	}
	if (error == NO_ERROR)
		return adapters;
	free(adapters);
	return NULL;
}

/* "" for what is neither of the two families. */
static void
show_address(const SOCKADDR *address, char text[ADDRESS])
{
	text[0] = '\0';
	if (address->sa_family == AF_INET)
		RtlIpv4AddressToStringA(
		    &((const struct sockaddr_in *)address)->sin_addr, text);
	else if (address->sa_family == AF_INET6)
		RtlIpv6AddressToStringA(
		    &((const struct sockaddr_in6 *)address)->sin6_addr, text);
}

/* "00:11:22:33:44:55,192.0.2.7 2001:db8::7"; malloc'd. */
static char *
show_adapter(const IP_ADAPTER_ADDRESSES *adapter)
{
	const IP_ADAPTER_UNICAST_ADDRESS *address =
	    adapter->FirstUnicastAddress;
	size_t size = 3 * MAX_ADAPTER_ADDRESS_LENGTH + 1, len = 0;
	const char *before = ",";
	char *text, one[ADDRESS];

	for (; address != NULL; address = address->Next)
		size += ADDRESS + 1;
	if ((text = calloc(1, size)) == NULL)
		return NULL;
	for (ULONG i = 0; i < adapter->PhysicalAddressLength; i++)
		len += (size_t)snprintf(text + len, size - len, "%s%02x",
		    i == 0 ? "" : ":", adapter->PhysicalAddress[i]);
	for (address = adapter->FirstUnicastAddress; address != NULL;
	     address = address->Next) {
		show_address(address->Address.lpSockaddr, one);
		if (one[0] == '\0')
			continue;
		len += (size_t)snprintf(
		    text + len, size - len, "%s%s", before, one);
		before = " ";
	}
	return text;
}

static void
adapter_rows(struct win32_rows *rows, const IP_ADAPTER_ADDRESSES *adapter)
{
	char *name, *value;

	for (; adapter != NULL; adapter = adapter->Next) {
		if (adapter->IfType == IF_TYPE_SOFTWARE_LOOPBACK ||
		    adapter->IfType == IF_TYPE_TUNNEL ||
		    adapter->PhysicalAddressLength >
			MAX_ADAPTER_ADDRESS_LENGTH ||
		    win32_utf8(adapter->FriendlyName, &name) < 0)
			continue;
		value = show_adapter(adapter);
		win32_row(rows, "Network", name, value);
		free(value);
		free(name);
	}
}

/* The library is looked for in the system's folder alone, as in machine.c. */
void
win32_network(struct win32_rows *rows)
{
	HMODULE library = LoadLibraryExW(
	    L"iphlpapi.dll", NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
	IP_ADAPTER_ADDRESSES *adapters = NULL;
	get_fn *get;

	if (library == NULL)
		return;
	get = (get_fn *)(void *)GetProcAddress(library, "GetAdaptersAddresses");
	if (get != NULL)
		adapters = read_adapters(get);
	adapter_rows(rows, adapters);
	free(adapters);
	FreeLibrary(library);
}
