/* What the tests of Windows' own share with the program that runs them. */
#ifndef PROGRAMS_H
#define PROGRAMS_H

#define ROLE "/role:" /* before the word that says what it is */

/* Is this program one that a test has started? Then it does what the words say
 * and ends; else it returns. Called first by main. */
void programs_role(int argc, char **argv);

/* The same of what locks.c starts; before it. */
void locks_role(int argc, char **argv);

int test_programs(void);
int test_hints(void);
int test_readers(void);
int test_win32_machine(void);
int test_services(void);
int test_services_run(void);
int test_service_self(void);
int test_inventory(void);
/* What this program is for one of readers.c. */
void readers_role(char **words);
/* The same for one of machine.c. */
void machine_role(char **words);
/* The same for one of service_self.c. */
void services_role(char **words);

#endif
